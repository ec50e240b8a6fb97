/**
 * The container engine in rrepl's own nouns. `dockerode/` is the only implementation that talks
 * to an engine; unit tests use fakes of this interface.
 *
 * Every call rejects with an `EngineError` that holds the engine's own words, or
 * with the signal's reason when the signal that the runtime was made with aborts.
 * Removing what isn't there is no error.
 */

import type { Duplex } from 'node:stream';
import { EngineError, type ErrorDetails } from '../errors.js';
import type { RestartPolicy } from '../topology/topology.js';

/** A container could not be started because something else listens on its published port. */
export class PortTakenError extends EngineError {
  protected override readonly kind = 'port-taken';
  readonly port: number;

  constructor(port: number, message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.port = port;
  }
}

export type Labels = Readonly<Record<string, string>>;

export type ContainerState =
  | 'created'
  | 'running'
  | 'paused'
  | 'restarting'
  | 'removing'
  | 'exited'
  | 'dead';

export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly state: ContainerState;
  /** The engine's words: "Up 3 minutes", "Exited (137) 2 minutes ago". */
  readonly statusText: string;
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
  readonly labels: Labels;
  /** Published now (a stopped container publishes nothing). */
  readonly ports: readonly {
    readonly hostIp: string;
    readonly hostPort: number;
    readonly containerPort: number;
  }[];
  /** Networks the container is attached to, with its address there ('' while it doesn't run). */
  readonly networks: readonly { readonly name: string; readonly address: string }[];
}

export interface ContainerDetails {
  /** What the container starts as: '' for the image's own user, else `redis`, `999:1000`. */
  readonly user: string;
  readonly state: ContainerState;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Milliseconds since the epoch; 0 if it never started. */
  readonly startedAtMs: number;
  /** When it last ended, in milliseconds since the epoch; 0 if it never did. */
  readonly finishedAtMs: number;
  /** The engine's reason why it could not be started, or ''. */
  readonly error: string;
}

export interface NetworkSummary {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
  readonly labels: Labels;
  /** `172.18.0.0/16`, `fd00::/64` */
  readonly subnets: readonly string[];
}

/** How a container is on a network. */
export interface Attachment {
  readonly aliases: readonly string[];
  /** Null: the engine finds one whenever the container starts. */
  readonly address: string | null;
}

export interface VolumeSummary {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
  readonly labels: Labels;
}

export interface ImageFacts {
  readonly id: string;
  /** The image's own default command: `['redis-server']`, `['valkey-server']`. */
  readonly command: readonly string[];
  /** `REDIS_VERSION=7.0.15` */
  readonly env: readonly string[];
  /** The user the image starts as: '' or '0' or 'root' means root. */
  readonly user: string;
}

export type Mount = Lasting | Fleeting;

interface Lasting {
  readonly kind: 'volume' | 'folder';
  /** The volume's name, or the absolute folder on the engine's host. */
  readonly source: string;
  /** Absolute path inside the container. */
  readonly target: string;
}

/** Memory of so many bytes that looks like a disk: empty whenever the container starts. */
interface Fleeting {
  readonly kind: 'tmpfs';
  readonly bytes: number;
  readonly target: string;
}

export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  /** `uid:gid` to start as, or null for the image's own. */
  readonly user: string | null;
  readonly labels: Labels;
  readonly mounts: readonly Mount[];
  /** Attached in this order; the first carries the published ports. */
  readonly networks: readonly { readonly name: string; readonly aliases: readonly string[] }[];
  readonly publish: {
    readonly hostIps: readonly string[];
    readonly hostPort: number;
    readonly containerPort: number;
  };
  /** Seconds between SIGTERM and SIGKILL when the container is stopped. */
  readonly stopTimeoutS: number;
  readonly restart: RestartPolicy;
  /** All others are dropped: `CHOWN`, `SETUID`. */
  readonly capabilities: readonly string[];
  /** Null for no limit. */
  readonly memoryBytes: number | null;
  readonly cpus: number | null;
}

/** A file or folder to lay into a container. `path` is relative to the folder named in the call; '.' is that folder itself. */
export interface FileEntry {
  readonly path: string;
  /** Text of a file, or null for a folder. */
  readonly content: string | null;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface FileStat {
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly modifiedMs: number;
  readonly isFolder: boolean;
}

export interface RunResult {
  readonly exitCode: number;
  /** What it printed, errors too. */
  readonly lines: readonly string[];
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface EngineFacts {
  readonly product: 'Docker' | 'Podman';
  readonly version: string;
  readonly apiVersion: string;
  readonly os: string;
  readonly arch: string;
}

/** The machine that the engine runs on. */
export interface HostFacts {
  /** Tells this engine from every other, by whatever address it is reached. */
  readonly id: string;
  readonly name: string;
  readonly kernel: string;
  /** Where the engine keeps images and volumes. */
  readonly dataFolder: string;
}

export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export interface Runtime {
  /** Where the engine is, as the docker CLI would write it: `unix:///var/run/docker.sock`. */
  readonly endpoint: string;
  /** Who named the engine: `--host`, `DOCKER_HOST`, `context desktop-linux`, `the usual sockets`. */
  readonly source: string;
  /** The host name under which published ports are reached from here. */
  readonly publishedHost: string;

  engine(): Promise<EngineFacts>;
  host(): Promise<HostFacts>;

  image(ref: string): Promise<ImageFacts | null>;
  /** Has the engine ask the registry; rejects if it doesn't give the image. Pulls nothing. */
  findInRegistry(ref: string): Promise<void>;
  pullImage(ref: string, onProgress: (text: string) => void): Promise<void>;

  /**
   * Runs a command of the image in a container of its own, which is removed; returns what it printed.
   * @param network that it is on; without one it is on none
   */
  runOnce(
    image: string,
    command: readonly string[],
    labels: Labels,
    network?: string,
  ): Promise<string[]>;
  /**
   * Runs a command of a container's image as root beside it, in a container of its own that has
   * the same mounts and no network, and is removed. The given one need not run. There is no deadline.
   */
  runBeside(container: string, command: readonly string[], labels: Labels): Promise<RunResult>;
  /**
   * The same, joined to the command's input and output, and it can't write to what is mounted. It is
   * removed when the stream is destroyed, and when this process ends, however that comes. A command that
   * ends by itself ends the stream, with an `EngineError` that has what it printed as errors.
   */
  openBeside(container: string, command: readonly string[], labels: Labels): Promise<Duplex>;

  /** All containers, stopped ones too, that carry every given label (an empty value matches any). */
  listContainers(labels: Labels): Promise<ContainerSummary[]>;
  inspectContainer(name: string): Promise<ContainerDetails | null>;
  /** What it made before it failed stays, and is found by its labels. */
  createContainer(spec: ContainerSpec): Promise<void>;
  /** Rejects with a `PortTakenError` if its published port is taken. */
  startContainer(name: string): Promise<void>;
  stopContainer(name: string): Promise<void>;
  killContainer(name: string, signal: string): Promise<void>;
  pauseContainer(name: string): Promise<void>;
  unpauseContainer(name: string): Promise<void>;
  /** Kills it first if it runs. Its named volumes stay. */
  removeContainer(name: string): Promise<void>;

  listNetworks(labels: Labels): Promise<NetworkSummary[]>;
  /**
   * With a subnet of IPv4 `/24` (see `subnets.ts`). Rejects with an `EngineError` about `subnet-taken` if that
   * overlaps with another network's.
   */
  createNetwork(name: string, labels: Labels, subnet: string): Promise<void>;
  removeNetwork(name: string): Promise<void>;
  connectNetwork(network: string, container: string, as: Attachment): Promise<void>;
  disconnectNetwork(network: string, container: string): Promise<void>;

  listVolumes(labels: Labels): Promise<VolumeSummary[]>;
  createVolume(name: string, labels: Labels): Promise<void>;
  removeVolume(name: string): Promise<void>;

  /** Text of a file inside a container, running or not; null if there is none. */
  readFile(container: string, path: string): Promise<string | null>;
  /**
   * The texts of the files of a folder, by their names; none if there is no such folder. For every call the engine
   * begins a process that takes longer than the files do: what is read together is asked for at once.
   */
  readFolder(container: string, folder: string): Promise<ReadonlyMap<string, string>>;
  /** What a path inside a container is, running or not; null if there is nothing. Follows links. */
  statFile(container: string, path: string): Promise<FileStat | null>;
  /** The first so many bytes of a file, or all that it has; null if there is no such file. */
  readHead(container: string, path: string, bytes: number): Promise<Buffer | null>;
  /** The last so many. The engine sends the whole file; what is before them isn't kept. */
  readTail(container: string, path: string, bytes: number): Promise<Buffer | null>;
  /** Lays files into a folder of a container, running or not. The folder must exist (a mount does). */
  writeFiles(container: string, folder: string, files: readonly FileEntry[]): Promise<void>;

  /** The last lines of a container's log, or all of them, oldest first, without line ends. */
  logTail(container: string, lines: number | 'all'): Promise<string[]>;
  /** Follows a log line by line until the container stops or the signal aborts. */
  followLog(
    container: string,
    options: { tail: number | 'all'; signal: AbortSignal },
    onLine: (line: string) => void,
  ): Promise<void>;

  /** Runs a command inside a running container, as its user unless another is named, and returns what it printed. */
  exec(
    container: string,
    command: readonly string[],
    deadlineMs: number,
    user?: string,
  ): Promise<ExecResult>;
  /** The same, joined to a terminal or pipes; resolves with the command's exit code. */
  execInteractive(
    container: string,
    command: readonly string[],
    terminal: Terminal,
  ): Promise<number>;
}
