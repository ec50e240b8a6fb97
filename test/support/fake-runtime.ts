/**
 * An engine in memory: containers, networks, volumes and files, with the refusals of Docker
 * that matter here (names in use, ports taken, things in use). Any call can be made to fail,
 * before or after the engine has carried it out. Its ports are on another loopback
 * address, so no test asks for those of the machine that it runs on.
 */

import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { Duplex } from 'node:stream';
import { SET_ASIDE_FOLDER } from '../../src/docker/names.js';
import {
  type Attachment,
  type ContainerDetails,
  type ContainerSpec,
  type ContainerState,
  type ContainerSummary,
  type EngineFacts,
  type ExecResult,
  type FileEntry,
  type FileStat,
  type HostFacts,
  type ImageFacts,
  type Labels,
  type NetworkSummary,
  PortTakenError,
  type RunResult,
  type Runtime,
  type Terminal,
  type VolumeSummary,
} from '../../src/docker/runtime.js';
import { EngineError } from '../../src/errors.js';

export interface FakeImage extends ImageFacts {
  readonly passwd: string;
}

export interface FakeFile {
  /** Of a file that is no text, each character is a byte. */
  readonly text: string;
  /** Milliseconds since the epoch; 0 unless told. */
  readonly modifiedMs?: number;
  readonly owner: string;
  readonly mode: number;
}

export interface FakeContainer {
  readonly id: string;
  readonly spec: ContainerSpec;
  state: ContainerState;
  exitCode: number;
  oomKilled: boolean;
  finishedAtMs: number;
  readonly networks: Map<string, { address: string; aliases: readonly string[] }>;
  readonly log: string[];
  readonly createdMs: number;
  /** How often its server was started. */
  starts: number;
}

/** What a call is told apart by: `startContainer rrepl-demo-redis-1`, and its number from 1. */
export interface EngineCall {
  readonly text: string;
  readonly number: number;
}

/** The error of a call, and whether the engine has done what was asked all the same. */
export interface Failure {
  readonly error: Error;
  readonly carriedOut?: boolean;
}

export const REDIS_IMAGE: FakeImage = {
  id: 'sha256:60',
  command: ['redis-server'],
  env: [],
  user: '',
  passwd: 'root:x:0:0:root:/root:/bin/bash\nredis:x:999:999::/home/redis:/bin/sh\n',
};

export class FakeRuntime implements Runtime {
  readonly endpoint: string = 'unix:///engine.test.sock';
  readonly source: string = 'the test';
  readonly publishedHost: string = '127.0.0.2';

  readonly images = new Map<string, FakeImage>([['redis:6.0', REDIS_IMAGE]]);
  /** Images that can be pulled. */
  readonly registry = new Map<string, FakeImage>();
  readonly containers = new Map<string, FakeContainer>();
  readonly networks = new Map<string, NetworkSummary>();
  readonly volumes = new Map<
    string,
    { labels: Labels; createdMs: number; files: Map<string, FakeFile> }
  >();
  /** The engine's clock, for what is created. */
  nowMs = Date.now();
  /** Ports that something other than a container of this engine listens on. */
  readonly busyPorts = new Set<number>();
  readonly calls: string[] = [];
  product: EngineFacts['product'] = 'Docker';
  /** Asked at every call; what it returns is the call's end. */
  failure: (call: EngineCall) => Failure | undefined = () => undefined;
  /** Told when a container's server has been started: it may log, or exit. */
  onStart: (container: FakeContainer) => void = () => {};
  /** Told when a server that runs is asked to stop, which one that is killed is not. */
  onStop: (container: FakeContainer) => void = () => {};

  /** Nobody waits for what another test does. */
  readonly #id = randomUUID();
  #created = 0;

  /** The n-th call from now on fails, counted from 1. */
  failAt(number: number, error: Error, carriedOut = false): void {
    const last = this.calls.length;
    this.failure = (call) => (call.number === last + number ? { error, carriedOut } : undefined);
  }

  /** Every call of this text fails: `createNetwork rrepl-demo`. */
  failOn(text: string, error: Error, carriedOut = false): void {
    this.failure = (call) => (call.text === text ? { error, carriedOut } : undefined);
  }

  /** Everything on the engine by name, to compare before and after. */
  inventory(): string[] {
    return [...this.containers.keys(), ...this.networks.keys(), ...this.volumes.keys()].sort();
  }

  engine(): Promise<EngineFacts> {
    return this.#call('engine', '', () => ({
      product: this.product,
      version: '20.10.24',
      apiVersion: '1.41',
      os: 'linux',
      arch: 'x86_64',
    }));
  }

  host(): Promise<HostFacts> {
    const facts = {
      id: this.#id,
      name: 'engine.test',
      kernel: '6.1.0-test',
      dataFolder: '/var/lib/docker',
    };
    return this.#call('host', '', () => facts);
  }

  findInRegistry(ref: string): Promise<void> {
    return this.#call('findInRegistry', ref, () => {
      if (!this.registry.has(ref)) throw new EngineError(`cannot find image ${ref}: unauthorized`);
    });
  }

  image(ref: string): Promise<ImageFacts | null> {
    return this.#call('image', ref, () => this.images.get(ref) ?? null);
  }

  pullImage(ref: string, onProgress: (text: string) => void): Promise<void> {
    return this.#call('pullImage', ref, () => {
      const image = this.registry.get(ref);
      if (image === undefined) throw new EngineError(`cannot pull image ${ref}: no such image`);
      onProgress('1/1 layers');
      this.images.set(ref, image);
    });
  }

  /** What a container on a network hears from an address that it dials. */
  answer: (address: string, network: string) => string = () => 'PONG';

  runOnce(
    image: string,
    command: readonly string[],
    _labels: Labels,
    network = 'none',
  ): Promise<string[]> {
    const [program, , , , ...addresses] = command;
    if (program === 'sh') {
      return this.#call('runOnce', `${image} ${network} ${addresses.join(' ')}`, () =>
        addresses.map((it) => `${it} ${this.answer(it, network)}`),
      );
    }
    return this.#call('runOnce', `${image} ${command.join(' ')}`, () => [
      `Redis server v=${image.replace(/^.*:/, '')}.0 sha=00000000:0`,
    ]);
  }

  /** What is set aside, by container: the record as the script of `set-aside-script.ts` writes it. */
  readonly setAside = new Map<string, string>();

  /** Any other script does nothing. */
  runBeside(container: string, command: readonly string[]): Promise<RunResult> {
    const [, , , , action, folder, about = '{}'] = command;
    return this.#call('runBeside', `${container} ${action}`, () => {
      if (action === 'discard') this.setAside.delete(container);
      else {
        const facts = { version: 'Redis server v=6.0.16 sha=00000000:0', bytes: 175, keys: 1 };
        const record = { folder, about: JSON.parse(about), ...facts, aof: false, rdbHead: '' };
        this.setAside.set(container, JSON.stringify(record));
      }
      return { exitCode: 0, lines: [this.setAside.get(container) ?? ''] };
    });
  }

  /** Ends at once. */
  openBeside(container: string): Promise<Duplex> {
    return this.#call('openBeside', container, () => Duplex.from([]));
  }

  listContainers(labels: Labels): Promise<ContainerSummary[]> {
    return this.#call('listContainers', '', () =>
      [...this.containers.values()]
        .filter(({ spec }) => carries(spec.labels, labels))
        .map((container) => this.#summary(container)),
    );
  }

  #summary({ id, spec, state, exitCode, networks, createdMs }: FakeContainer): ContainerSummary {
    const alive = state === 'running' || state === 'paused';
    const words = { running: 'Up 3 minutes', paused: 'Up 3 minutes (Paused)', created: 'Created' };
    return {
      id,
      name: spec.name,
      image: spec.image,
      state,
      statusText:
        state in words ? words[state as keyof typeof words] : `Exited (${exitCode}) 1 minute ago`,
      createdMs,
      labels: spec.labels,
      ports: alive ? spec.publish.hostIps.map((hostIp) => ({ ...spec.publish, hostIp })) : [],
      networks: [...networks].map(([name, { address }]) => ({
        name,
        address: alive ? address : '',
      })),
    };
  }

  inspectContainer(name: string): Promise<ContainerDetails | null> {
    return this.#call('inspectContainer', name, () => {
      const container = this.containers.get(name);
      if (container === undefined) return null;
      const { spec, state, exitCode, oomKilled, finishedAtMs } = container;
      const user = spec.user ?? this.images.get(spec.image)?.user ?? '';
      const startedAtMs = container.starts;
      return { user, state, exitCode, oomKilled, startedAtMs, finishedAtMs, error: '' };
    });
  }

  createContainer(spec: ContainerSpec): Promise<void> {
    return this.#call('createContainer', spec.name, () => {
      if (this.containers.has(spec.name)) {
        throw new EngineError(`Conflict. The container name "/${spec.name}" is already in use`);
      }
      if (!this.images.has(spec.image)) throw new EngineError(`No such image: ${spec.image}`);
      for (const { name } of spec.networks) this.#network(name);
      this.add(spec);
    });
  }

  /** A container that is there, asked for by nobody. */
  add(spec: ContainerSpec, state: ContainerState = 'created'): FakeContainer {
    this.#created += 1;
    const networks = new Map(
      spec.networks.map(({ name, aliases }) => [name, { address: this.#address(), aliases }]),
    );
    const id = `id-${this.#created}`;
    const log: string[] = [];
    const fresh = { state, exitCode: 0, oomKilled: false, finishedAtMs: 0, starts: 0 };
    const container = { id, spec, networks, log, createdMs: this.nowMs, ...fresh };
    this.containers.set(spec.name, container);
    return container;
  }

  #address = (): string => `10.0.0.${this.#created + 1}`;

  startContainer(name: string): Promise<void> {
    return this.#call('startContainer', name, () => {
      const container = this.#container(name);
      const port = container.spec.publish.hostPort;
      const rival = [...this.containers.values()].some(
        (it) => it !== container && it.state === 'running' && it.spec.publish.hostPort === port,
      );
      if (rival || this.busyPorts.has(port)) {
        throw new PortTakenError(
          port,
          `Bind for 127.0.0.1:${port} failed: port is already allocated`,
        );
      }
      container.state = 'running';
      container.starts += 1;
      this.onStart(container);
    });
  }

  stopContainer(name: string): Promise<void> {
    return this.#call('stopContainer', name, () => {
      const container = this.#container(name);
      if (container.state === 'running') this.onStop(container);
      container.state = 'exited';
    });
  }

  killContainer(name: string, signal: string): Promise<void> {
    return this.#setState(`killContainer ${signal}`, name, 'exited');
  }

  pauseContainer(name: string): Promise<void> {
    return this.#setState('pauseContainer', name, 'paused');
  }

  unpauseContainer(name: string): Promise<void> {
    return this.#setState('unpauseContainer', name, 'running');
  }

  #setState(call: string, name: string, state: ContainerState): Promise<void> {
    return this.#call(call, name, () => {
      this.#container(name).state = state;
    });
  }

  removeContainer(name: string): Promise<void> {
    return this.#call('removeContainer', name, () => {
      this.containers.delete(name);
    });
  }

  listNetworks(labels: Labels): Promise<NetworkSummary[]> {
    return this.#call('listNetworks', '', () =>
      [...this.networks.values()].filter((network) => carries(network.labels, labels)),
    );
  }

  createNetwork(name: string, labels: Labels, subnet: string): Promise<void> {
    return this.#call('createNetwork', name, () => {
      if (this.networks.has(name))
        throw new EngineError(`network with name ${name} exists already`);
      if ([...this.networks.values()].some(({ subnets }) => subnets.includes(subnet)))
        throw new EngineError(`cannot create network ${name}: Pool overlaps`, {
          about: { code: 'subnet-taken' },
        });
      const id = `id-of-${name}`;
      this.networks.set(name, { id, name, createdMs: this.nowMs, labels, subnets: [subnet] });
    });
  }

  /** By name or id. */
  removeNetwork(wanted: string): Promise<void> {
    return this.#call('removeNetwork', wanted, () => {
      const found = [...this.networks.values()].find((it) => [it.id, it.name].includes(wanted));
      if (found === undefined) return;
      const busy = [...this.containers.values()].some(
        ({ state, networks }) => state === 'running' && networks.has(found.name),
      );
      if (busy) throw new EngineError(`network ${found.name} has active endpoints`);
      this.networks.delete(found.name);
    });
  }

  connectNetwork(network: string, container: string, as: Attachment): Promise<void> {
    return this.#call('connectNetwork', `${network} ${container}`, () => {
      this.#network(network);
      this.#created += 1;
      const { aliases, address } = as;
      const others = [...this.containers.values()].map((it) => it.networks.get(network)?.address);
      if (address !== null && others.includes(address))
        throw new EngineError(`cannot connect ${container}: Address already in use`);
      const attached = { address: address ?? this.#address(), aliases };
      this.#container(container).networks.set(network, attached);
    });
  }

  disconnectNetwork(network: string, container: string): Promise<void> {
    return this.#call('disconnectNetwork', `${network} ${container}`, () => {
      this.#container(container).networks.delete(network);
    });
  }

  listVolumes(labels: Labels): Promise<VolumeSummary[]> {
    return this.#call('listVolumes', '', () =>
      [...this.volumes]
        .map(([name, { labels, createdMs }]) => ({ name, labels, createdMs }))
        .filter((volume) => carries(volume.labels, labels)),
    );
  }

  /** As in Docker, a volume that exists already is no error and keeps its labels. */
  createVolume(name: string, labels: Labels): Promise<void> {
    return this.#call('createVolume', name, () => {
      if (!this.volumes.has(name)) {
        this.volumes.set(name, { labels, createdMs: this.nowMs, files: new Map() });
      }
    });
  }

  removeVolume(name: string): Promise<void> {
    return this.#call('removeVolume', name, () => {
      const busy = [...this.containers.values()].some(({ spec }) =>
        spec.mounts.some((mount) => mount.kind === 'volume' && mount.source === name),
      );
      if (busy) throw new EngineError(`volume ${name} is in use`);
      this.volumes.delete(name);
    });
  }

  readFile(container: string, path: string): Promise<string | null> {
    return this.#call(
      'readFile',
      `${container} ${path}`,
      () => this.file(container, path)?.text ?? null,
    );
  }

  readFolder(container: string, folder: string): Promise<ReadonlyMap<string, string>> {
    return this.#call('readFolder', `${container} ${folder}`, () => {
      const { files } = this.#at(this.#container(container).spec, `${folder}/.`);
      return new Map([...files].map(([name, { text }]) => [name, text] as const));
    });
  }

  statFile(container: string, path: string): Promise<FileStat | null> {
    return this.#call('statFile', `${container} ${path}`, () => {
      const file = this.file(container, path);
      if (file) {
        const { text, modifiedMs = 0 } = file;
        return { bytes: Buffer.byteLength(text, 'latin1'), modifiedMs, isFolder: false };
      }
      const { files, name } = this.#at(this.#container(container).spec, path);
      const isFolder = [...files.keys()].some((it) => it.startsWith(`${name}/`));
      return isFolder ? { bytes: 0, modifiedMs: 0, isFolder } : null;
    });
  }

  readHead(container: string, path: string, bytes: number): Promise<Buffer | null> {
    return this.#call('readHead', `${container} ${path}`, () => {
      const file = this.file(container, path);
      return file && Buffer.from(file.text, 'latin1').subarray(0, bytes);
    });
  }

  readTail(container: string, path: string, bytes: number): Promise<Buffer | null> {
    return this.#call('readTail', `${container} ${path}`, () => {
      const file = this.file(container, path);
      return file && Buffer.from(file.text, 'latin1').subarray(-bytes);
    });
  }

  /** A file of a container's volumes or image. */
  file(container: string, path: string): FakeFile | null {
    const { spec } = this.#container(container);
    if (path === '/etc/passwd') {
      return { text: this.images.get(spec.image)?.passwd ?? '', owner: '0:0', mode: 0o644 };
    }
    const kept = this.setAside.get(container);
    if (path === `${SET_ASIDE_FOLDER}/info.json` && kept !== undefined) {
      return { text: kept, owner: '999:999', mode: 0o644 };
    }
    const { files, name } = this.#at(spec, path);
    return files.get(name) ?? null;
  }

  /** As the server itself would write it: with a new file that all may read. */
  put(container: string, path: string, text: string, modifiedMs = 0): void {
    const { files, name } = this.#at(this.#container(container).spec, path);
    files.set(name, { text, modifiedMs, owner: '999:999', mode: 0o644 });
  }

  writeFiles(container: string, folder: string, files: readonly FileEntry[]): Promise<void> {
    return this.#call('writeFiles', `${container} ${folder}`, () => {
      const mounted = this.#mountedAt(this.#container(container).spec, folder);
      if (mounted === undefined) throw new EngineError(`no such folder: ${folder}`);
      for (const { path, content, uid, gid, mode } of files) {
        mounted.set(path, { text: content ?? '', owner: `${uid}:${gid}`, mode });
      }
    });
  }

  /** Where a path leads: the files of what is mounted above it, and its name among them. */
  #at(spec: ContainerSpec, path: string) {
    for (let folder = posix.dirname(path); folder !== '/'; folder = posix.dirname(folder)) {
      const files = this.#mountedAt(spec, folder);
      if (files !== undefined) return { files, name: path.slice(folder.length + 1) };
    }
    return { files: new Map<string, FakeFile>(), name: path };
  }

  /** A folder of the host that is mounted keeps its files like a volume, for as long as the fake lives. */
  #mountedAt(spec: ContainerSpec, folder: string): Map<string, FakeFile> | undefined {
    const mount = spec.mounts.find(({ target }) => target === folder);
    if (mount?.kind === 'volume') return this.volumes.get(mount.source)?.files;
    if (mount?.kind !== 'folder') return undefined;
    const files = this.#folders.get(mount.source) ?? new Map<string, FakeFile>();
    this.#folders.set(mount.source, files);
    return files;
  }

  readonly #folders = new Map<string, Map<string, FakeFile>>();

  logTail(container: string, lines: number | 'all'): Promise<string[]> {
    return this.#call('logTail', container, () => lastLines(this.#container(container).log, lines));
  }

  followLog(
    container: string,
    { tail }: { tail: number | 'all'; signal: AbortSignal },
    onLine: (line: string) => void,
  ): Promise<void> {
    return this.#call('followLog', container, () => {
      const { log } = this.#container(container);
      lastLines(log, tail).forEach(onLine);
    });
  }

  exec(container: string, command: readonly string[]): Promise<ExecResult> {
    return this.#call('exec', `${container} ${command.join(' ')}`, () => {
      const [program, mode = '', path = ''] = command;
      if (program === 'chmod') this.#chmod(container, path, Number.parseInt(mode, 8));
      if (program === 'rm') {
        const { files, name } = this.#at(this.#container(container).spec, path);
        files.delete(name);
      }
      return { exitCode: 0, stdout: '', stderr: '' };
    });
  }

  #chmod(container: string, path: string, mode: number): void {
    const { files, name } = this.#at(this.#container(container).spec, path);
    const file = files.get(name);
    if (file) files.set(name, { ...file, mode });
  }

  execInteractive(
    container: string,
    command: readonly string[],
    terminal: Terminal,
  ): Promise<number> {
    return this.#call('execInteractive', `${container} ${command.join(' ')}`, () => {
      terminal.stdout.write('PONG\n');
      return 0;
    });
  }

  #container(name: string): FakeContainer {
    const found = this.containers.get(name);
    if (found === undefined) throw new EngineError(`No such container: ${name}`);
    return found;
  }

  #network(name: string): NetworkSummary {
    const found = this.networks.get(name);
    if (found === undefined) throw new EngineError(`network ${name} not found`);
    return found;
  }

  async #call<T>(name: string, subject: string, effect: () => T): Promise<T> {
    const text = `${name} ${subject}`.trim();
    const failure = this.failure({ text, number: this.calls.push(text) });
    await new Promise(setImmediate);
    if (failure === undefined) return effect();
    if (failure.carriedOut) effect();
    throw failure.error;
  }
}

/** As the engine filters: every label asked for, an empty value matching any. */
const carries = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(
    ([name, value]) => name in labels && (value === '' || labels[name] === value),
  );

const lastLines = (log: readonly string[], count: number | 'all'): string[] =>
  log.slice(count === 'all' ? 0 : Math.max(0, log.length - count));
