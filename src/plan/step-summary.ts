/** A step as programs are told of it while it is done: what it is about, and none of what it needs. */
interface Base {
  /** Names it, for people: `start redis-2`. */
  readonly id: string;
  /** The name of the thing it touches: a container, network, volume, folder, image or node. */
  readonly resource: string;
  /** Why it is done, in a few words. */
  readonly cause: string;
  /** The server or sentinel that it is about; absent where it is about none. */
  readonly node?: string;
}

/** Every kind but those of which more is told. */
type OtherKind =
  | 'pullImage'
  | 'createNetwork'
  | 'createVolume'
  | 'createFolder'
  | 'createContainer'
  | 'writeConfig'
  | 'writeSentinelConf'
  | 'changeSentinelConf'
  | 'monitor'
  | 'setSentinel'
  | 'waitSettled'
  | 'keepAuthority'
  | 'dropKey'
  | 'startContainer'
  | 'grantChannels'
  | 'grantSentinels'
  | 'unpauseContainer'
  | 'attachNetwork'
  | 'connectNetwork'
  | 'waitReady'
  | 'waitInSync'
  | 'promote'
  | 'makeDurable'
  | 'switchover'
  | 'awaitElection'
  | 'tellSentinels'
  | 'killContainer'
  | 'cutNetwork'
  | 'writeRole'
  | 'writeSetting'
  | 'setAppendOnly'
  | 'setAside'
  | 'salvage'
  | 'swapSetAside'
  | 'stopContainer'
  | 'removeContainer'
  | 'removeStray'
  | 'removeNetwork'
  | 'removeVolume'
  | 'writeRecord'
  | 'retireFolder'
  | 'removeFolder';

export type StepSummary = Base &
  (
    | { readonly kind: OtherKind }
    | { readonly kind: 'follow'; readonly upstream: string }
    | { readonly kind: 'restoreSetting'; readonly setting: string }
    | { readonly kind: 'setConfig'; readonly settings: readonly { readonly name: string }[] }
  );
