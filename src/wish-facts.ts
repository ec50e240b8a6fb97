/**
 * What is wrong with a wish, or good to know of it: a code and its facts, as errors have them
 * (`error-facts.ts`). docs/library.md lists the codes.
 */

interface OfTopology {
  readonly topology: string;
}

interface OfNode extends OfTopology {
  readonly node: string;
}

/** Directives with values that would do. */
export type Settings = Readonly<Record<string, string>>;

/** Of problems: what is wished can't be. */
export interface WishFacts {
  /** The address reaches other machines, and the servers ask for no password. */
  'open-to-others': { readonly bind: string };
  /** An ACL user is wished for, and no password. */
  'user-without-password': { readonly user: string };
  /** What is said of sentinels is of none. */
  'without-sentinels': Readonly<Record<never, never>>;
  /** Access is decided where containers are made. */
  'access-differs': OfTopology;
  /** Sentinels are wished for, and servers get another address with every start: an older rrepl made them. */
  'addresses-change': OfTopology;
  /** The nodes have different numbers of databases. */
  'databases-differ': { readonly source: 'databases' };
  /** A change of the image was broken off; `images` run, the newest last. */
  'images-differ': { readonly images: readonly string[] };
  /** Somebody else's thing has a name of the topology. */
  'foreign-name': { readonly kind: 'container' | 'network' | 'volume'; readonly name: string };
  /** The container of the master must be made again, of this image, before the image changes. */
  'image-before-change': OfTopology & { readonly image: string };
  /** The image's server can't read the data. */
  'older-image': OfTopology & { readonly image: string };
  /** The master's data reach a safe place only through a replica. `orSave`: or by being saved. */
  'needs-replica': OfTopology & { readonly orSave: boolean };
  /** What is to change can change only while the master runs. */
  'down-as-it-changes': OfTopology;
  /** The master has its newest data in the file that `appendonly` says, and would load the other. */
  'newest-not-loaded': OfTopology & { readonly appendonly: 'yes' | 'no' };
}

/** Of notes: what was not asked for and is good to know. */
export interface NoteFacts {
  /** Nodes keep the ports that clients know. */
  'ports-stay': OfTopology;
  /** Labels can't be changed. `volumes`: some of its volumes stay longer too. */
  'expiry-stays': OfTopology & { readonly volumes: boolean };
  /** The node is on no network. */
  'cut-off': OfNode;
  /** A master that crashes and restarts has less than it acknowledged. `savePoints`: nothing is saved at all now. */
  'restart-loses-writes': { readonly savePoints: boolean };
  /** Memory and backlog are too large for each other. */
  'tight-memory': { readonly settings: Settings };
  /** Containers, networks or volumes that a run made could not be removed. `volumes`: all of the topology is useless. */
  'left-behind': OfTopology & { readonly volumes: boolean };
  /** On failure, as was asked. */
  retained: OfTopology;
  /** What is done stays, and the rest is not done. */
  unfinished: OfTopology;
  /** The engine is gone, and what a run made is still on it. */
  'left-on-engine': OfTopology;
  /** A topology could not be healed. */
  'left-broken': OfTopology;
  /** Made by a drill that is at work, or was killed; `leftMs`: until it expires, null for never. */
  'of-other-drill': OfTopology & { readonly leftMs: number | null };
  /** The data that were set aside on the node are in place, and it is not the master yet. */
  'put-back': OfNode;
}
