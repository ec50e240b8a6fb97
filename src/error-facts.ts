/**
 * What an error is about: a stable code, and the facts that go with it. They name what is there in
 * Redis's and Docker's terms; which command or flag helps is the CLI's to say (`src/cli/hints`).
 * docs/library.md lists the codes.
 */

import type { NoteFacts, WishFacts } from './wish-facts.js';

type None = Readonly<Record<never, never>>;

interface OfTopology {
  readonly topology: string;
}

interface OfNode extends OfTopology {
  readonly node: string;
}

/** How the master's role is moved: by force, or by handing it over. */
type Failover = 'promote' | 'switchover';

export interface TopologyFacts {
  /** A call of the library was given what it doesn't take; `source` names the argument or option. */
  'wrong-input': {
    readonly call: string;
    readonly problems: readonly { readonly source: string; readonly message: string }[];
  };
  /** No topology of this name has a container; what a killed command or `down` left of it. */
  'no-topology': OfTopology & { readonly strays: readonly string[]; readonly volumes: number };
  /** There is nothing yet that could get so many replicas. */
  'nothing-to-scale': OfTopology & { readonly replicas: number };
  /** A fresh topology must have a name of its own. */
  'already-there': OfTopology;
  /** It has no node of this name. */
  'no-node': OfTopology & { readonly nodes: readonly string[] };
  /** No master answers. */
  'no-master': OfTopology & { readonly nodes: readonly string[] };
  /** No replica answers. */
  'no-replica': OfTopology & { readonly nodes: readonly string[] };
  /** The mounted redis.conf of a node has its upstream's address, which another node may have later. */
  'upstream-by-address': OfNode;
  /** Things that a topology has left: it has expired, or it is networks without a node. */
  leftovers: { readonly hollow: string | null };
  'several-masters': OfTopology & { readonly masters: readonly string[] };
  /** Clients write while it is reset. */
  'not-empty': OfTopology;
  /** The port that a door was to listen on. */
  'port-taken': { readonly port: number };
  /** A drill would prove nothing. */
  'not-healthy': OfTopology;
  /** Containers or networks of it are gone. */
  'not-whole': OfTopology;
  'container-gone': { readonly node: string };
  /** What was asked for needs the node in another state; `first` is what brings it there. */
  'wrong-state': OfNode & { readonly state: string; readonly first: string };
  /** Another operation is at work on the topology, and was not done in time. */
  busy: OfTopology & { readonly holder: string };
  /** An operation was not done in time. */
  deadline: OfTopology & { readonly operation: 'up' | 'heal' | 'restore' };
  /** Another rrepl, with other labels, made it. */
  'labels-unknown': OfTopology;
  /** Somebody else wrote a label of rrepl's on a container. */
  'labels-foreign': OfTopology & { readonly container: string };
}

/** Whose data lead, and what a decision costs. */
export interface DataFacts {
  /** Nothing tells whose data count. `living`: its server answers. `dir`: the folder that holds the data, if one does. */
  undecided: OfTopology & {
    readonly dir: string | null;
    readonly claimants: readonly { readonly node: string; readonly living: boolean }[];
  };
  /** Replicas that are too many have data set aside, or data that the master is not known to have. */
  'last-copies': OfTopology & {
    readonly setAside: readonly string[];
    readonly unproven: readonly string[];
  };
  /** A node that is down has more than every replica that answers. */
  'further-copy': OfTopology;
  /** A master lives, so promoting the node would lose writes. */
  'living-master': OfNode;
  /** Enough sentinels can take part: they choose the master. */
  'sentinels-decide': OfTopology;
  /** Too few sentinels can take part to elect anybody, and nobody has said that rrepl is to promote the node. */
  'no-election': OfNode;
  /** What would be done goes against sentinels that watch the topology. */
  'against-sentinels': OfTopology;
  /** The recovery that was asked for is Sentinel's, and there are no sentinels. */
  'recovery-without-sentinels': OfTopology;
  /** The wanted node has the role: nothing is to be done. */
  'already-master': OfNode;
  /** The wanted node is no replica that answers. */
  'not-a-replica': OfNode;
  /** No replica answers, or their replication ids differ. */
  'no-candidate': OfTopology & { readonly operation: Failover };
  /** Every candidate has replica-priority 0; `node` is the furthest. */
  'only-by-name': OfNode & { readonly operation: Failover };
  /** The role has moved, and these nodes could not be told. */
  'not-all-told': OfTopology & { readonly master: string; readonly missing: readonly string[] };
  /**
   * It costs data: whoever agrees calls the operation again with `yes`. `nothing-saved`: the master
   * saves nothing as it stops, and restarted it would empty its replicas. `others-have-more` than
   * the node that is to come back; `stopped`: it was, and stays so. `no-expiry`: the topology may be
   * no test's.
   */
  unconfirmed:
    | (OfNode & { readonly cost: 'nothing-saved' })
    | (OfNode & { readonly cost: 'others-have-more'; readonly stopped: boolean })
    | (OfTopology & { readonly cost: 'no-expiry' });
  /** Killed and restarted, the master would lose data that the drill did not write. */
  'restart-loses': OfNode;
  'nothing-set-aside': OfNode;
  /** `full`: the disk is; else the server's own words are in the message. */
  'set-aside-failed': OfNode & { readonly full: boolean };
  'save-failed': { readonly node: string };
  /** A newer server wrote the data. */
  'newer-data': OfNode;
  /** Data or a folder that this user may not read. */
  'unreadable-data': { readonly path: string };
  /** A socket or a device where data should be. */
  'no-file': { readonly path: string };
  /** A folder can't hold configuration and data. */
  'unusable-folder': { readonly path: string };
}

export interface ServerFacts {
  /** It answered with an error; `replyCode` is its first word. */
  refused: OfNode & { readonly replyCode: string; readonly reply: string };
  'setting-refused': { readonly node: string; readonly setting: string; readonly value: string };
  'configuration-refused': { readonly node: string };
  /** Its redis.conf was changed while a plan was carried out. */
  'configuration-changed': { readonly node: string };
  /**
   * It stopped by itself. `damaged`: it can't read its copy of the data, and this master, which
   * runs the image, could give it another.
   */
  'server-stopped': OfNode & {
    readonly container: string;
    readonly damaged: { readonly master: string; readonly image: string } | null;
  };
  'stream-silent': { readonly node: string };
  'no-authority-key': OfTopology;
}

export interface DrillFacts {
  /** There is none of this name; these are. */
  'no-drill': { readonly drills: readonly string[] };
  'drill-file': { readonly file: string };
  /** The recovery needs a replica, and there is none. */
  'recovery-without-replica': { readonly recover: string };
  /** More replicas are to confirm than replicate from the master. */
  'wait-unmet': { readonly wait: number; readonly attached: number };
  /** min-replicas-to-write is more than replicate from the master. */
  'min-replicas-unmet': { readonly wanted: number; readonly attached: number };
}

export interface EngineFacts {
  /** None was found. `denied`: one is there, and this user may not use it. */
  'no-engine': { readonly denied: boolean };
  /** `reason`: Node's code of the error (`ECONNREFUSED`), or one of ssh's (`ESSH`). */
  'engine-unreachable': { readonly reason: string };
  /** A call was not answered in time. */
  'engine-silent': None;
  'engine-wants-tls': None;
  'engine-output': None;
  'no-image': None;
  'registry-unreachable': None;
  /** The registry has no such image, or wants a login. */
  'image-denied': None;
  /** A login was not sent: the helper that `configFile` names failed. */
  'no-login': { readonly image: string; readonly configFile: string };
  /** A container or network of this name was made meanwhile. */
  'name-taken': None;
  /** Another network of the engine got it meanwhile. */
  'subnet-taken': None;
  /** The ports would be published on the loopback of another machine. */
  'loopback-elsewhere': None;
  /** The folder would be one of another machine. */
  'folder-elsewhere': { readonly dir: string };
  'docker-configuration': { readonly path: string };
  'docker-configuration-unreadable': None;
  'no-context': { readonly contexts: readonly string[] };
  'no-certificates': { readonly folder: string };
  'ssh-password': None;
  'malformed-endpoint': { readonly host: string };
}

export interface Facts
  extends TopologyFacts,
    DataFacts,
    ServerFacts,
    DrillFacts,
    EngineFacts,
    WishFacts,
    NoteFacts {}

export type AboutCode = keyof Facts;

export type AboutOf<C extends AboutCode> = { readonly code: C } & Facts[C];

/** What an error, a problem or a note is about: its code, and the facts that go with it. */
export type About = { readonly [C in AboutCode]: AboutOf<C> }[AboutCode];

/** A sentence that tells what was not asked for and is good to know. */
export interface Note {
  readonly text: string;
  readonly about?: About;
}
