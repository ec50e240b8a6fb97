/**
 * `Runtime` by way of dockerode, which nothing else imports. dockerode has no deadlines,
 * hides errors inside streams and reads DOCKER_HOST behind one's back; what guards
 * against each stands in a file of its own beside this one.
 */

import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { EngineError } from '../errors.js';
import { packFiles, parsePathStat, rooted, unpackFile, unpackPart } from './archive.js';
import type { Call } from './call.js';
import { modemOptions } from './connection.js';
import { readJson } from './contexts.js';
import { askHelper } from './credential-helper.js';
import type { Endpoint } from './endpoint.js';
import { EngineCalls, repeatWhile } from './engine-calls.js';
import { already, isBeingRemoved, isVanishing } from './engine-errors.js';
import { LOG, labelFilter, toCreateBody, toDetails, toSummary } from './engine-json.js';
import { attach, capture } from './exec.js';
import { LogLines } from './log-frames.js';
import { thisMachine } from './machine.js';
import { readPull } from './pull-progress.js';
import { type RegistryAuth, type RegistryLogins, registryAuth } from './registry-auth.js';
import type {
  ContainerDetails,
  ContainerSpec,
  ContainerSummary,
  EngineFacts,
  ExecResult,
  FileEntry,
  FileStat,
  HostFacts,
  ImageFacts,
  Labels,
  NetworkSummary,
  RunResult,
  Runtime,
  Terminal,
  VolumeSummary,
} from './runtime.js';

/** A pull may be silent this long: registries are slow to answer, the engine reports often. */
const PULL_SILENCE_MS = 120_000;
const REGISTRY_MS = 15_000;
/** How long the engine may be silent while it sends a file. */
const FILE_SILENCE_MS = 30_000;
/** What stopping may take beyond the container's own stop timeout. */
const STOP_GRACE_MS = 30_000;

/**
 * Prepares calls to the engine. Sends nothing yet: a dead engine shows at the first call.
 * @param signal when it aborts, calls under way and calls to come reject with its reason
 */
export async function connectRuntime(endpoint: Endpoint, signal: AbortSignal): Promise<Runtime> {
  // It takes a sixth of a second to load.
  const { default: Engine } = await import('dockerode');
  const engine = unprompted(() => new Engine(modemOptions(endpoint)));
  return new DockerodeRuntime(engine, endpoint, signal);
}

/** docker-modem parses DOCKER_HOST and reads the files under DOCKER_CERT_PATH even if it is told all. */
function unprompted<T>(make: () => T): T {
  const { DOCKER_HOST } = process.env;
  delete process.env.DOCKER_HOST;
  try {
    return make();
  } finally {
    if (DOCKER_HOST !== undefined) process.env.DOCKER_HOST = DOCKER_HOST;
  }
}

type Login = { readonly authconfig: RegistryAuth } | undefined;

interface EngineInfo {
  readonly ID: string;
  readonly Name: string;
  readonly KernelVersion: string;
  readonly DockerRootDir: string;
}

class DockerodeRuntime implements Runtime {
  readonly endpoint: string;
  readonly source: string;
  readonly publishedHost: string;
  readonly #docker: Dockerode;
  readonly #place: Endpoint;
  readonly #signal: AbortSignal;
  readonly #calls: EngineCalls;
  #engine: EngineFacts | undefined;

  constructor(docker: Dockerode, place: Endpoint, signal: AbortSignal) {
    this.endpoint = place.url;
    this.source = place.source;
    this.publishedHost = place.publishedHost;
    this.#docker = docker;
    this.#place = place;
    this.#signal = signal;
    this.#calls = new EngineCalls(place, signal);
  }

  async engine(): Promise<EngineFacts> {
    this.#engine ??= await this.#calls.ask('ask for the engine version', async (call) => {
      const version = await this.#get<Dockerode.DockerVersion>('/version', call);
      const { Version, ApiVersion, Os, Arch, Components = [] } = version;
      const product = Components.some(({ Name }) => Name.startsWith('Podman'))
        ? 'Podman'
        : 'Docker';
      return { product, version: Version, apiVersion: ApiVersion, os: Os, arch: Arch };
    });
    return this.#engine;
  }

  async host(): Promise<HostFacts> {
    const [{ product }, info] = await Promise.all([
      this.engine(),
      this.#calls.ask('ask for the engine’s host', (call) => this.#get<EngineInfo>('/info', call)),
    ]);
    const { ID, Name: name, KernelVersion: kernel, DockerRootDir: dataFolder } = info;
    // Podman makes a new one up for every answer.
    const id = product === 'Docker' ? ID : `${name} ${dataFolder}`;
    return { id, name, kernel, dataFolder };
  }

  async image(ref: string): Promise<ImageFacts | null> {
    const info = await this.#calls.find(`inspect image ${ref}`, (call) =>
      this.#get<Dockerode.ImageInspectInfo>(`/images/${encodeURI(ref)}/json`, call),
    );
    if (info === null) return null;
    const { Cmd, Env, User } = info.Config;
    return { id: info.Id, command: Cmd ?? [], env: Env ?? [], user: User ?? '' };
  }

  /** For what dockerode has no abortable call: a request left behind keeps the process alive. */
  #get<T>(path: string, call: Call, more = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      const options = { method: 'GET', path, statusCodes: { 200: true }, ...abortedBy(call) };
      const request = { ...options, ...more };
      this.#docker.modem.dial(request, (error, answer) =>
        error ? reject(error) : resolve(answer as T),
      );
    });
  }

  async findInRegistry(ref: string): Promise<void> {
    await this.#withLogin(ref, (login) =>
      this.#calls.ask(
        `find image ${ref} in its registry`,
        (call) => this.#get(`/distribution/${encodeURI(ref)}/json`, call, login),
        { deadlineMs: REGISTRY_MS },
      ),
    );
  }

  /** An image that everyone may have needs no login: that there is none matters where one was needed. */
  async #withLogin(ref: string, work: (login: Login) => Promise<unknown>): Promise<void> {
    const configFile = join(this.#place.configFolder, 'config.json');
    const config = await readJson<RegistryLogins>(thisMachine, configFile);
    const ask = (helper: string, registry: string) => askHelper(helper, registry, this.#signal);
    let login: Login;
    let trouble: Error | undefined;
    try {
      const auth = await registryAuth(ref, config, ask);
      login = auth && { authconfig: auth };
    } catch (error) {
      this.#signal.throwIfAborted();
      trouble = error as Error;
    }
    try {
      await work(login);
    } catch (error) {
      if (trouble === undefined || !(error instanceof EngineError)) throw error;
      throw new EngineError(`${error.message}; no login was sent, because ${trouble.message}`, {
        about: { code: 'no-login', image: ref, configFile },
        cause: error,
      });
    }
  }

  async pullImage(ref: string, onProgress: (text: string) => void): Promise<void> {
    await this.#withLogin(ref, (login) => {
      const pull = async (call: Call) => {
        const answer = await this.#docker.pull(ref, { ...login, ...abortedBy(call) });
        await readPull(heard(answer as AsyncIterable<Buffer>, call), onProgress);
      };
      return this.#calls.ask(`pull image ${ref}`, pull, { deadlineMs: PULL_SILENCE_MS });
    });
  }

  async runOnce(image: string, command: readonly string[], labels: Labels): Promise<string[]> {
    const what = `run ${command[0]} of image ${image}`;
    const { lines } = await this.#runAside(what, {
      Image: image,
      Cmd: [...command],
      Labels: { ...labels },
    });
    return lines;
  }

  async runBeside(
    container: string,
    command: readonly string[],
    labels: Labels,
  ): Promise<RunResult> {
    const info = await this.#inspect(container);
    if (info === null) throw new EngineError(`there is no container ${container}`);
    const body = {
      // By id: the name may be another image's by now.
      Image: info.Image,
      Entrypoint: [...command],
      User: '0:0',
      Labels: { ...labels },
    };
    return this.#runAside(`run ${command[0]} beside container ${container}`, body, [container]);
  }

  async #runAside(
    what: string,
    body: Dockerode.ContainerCreateOptions,
    volumesFrom: string[] = [],
  ): Promise<{ exitCode: number; lines: string[] }> {
    const { id } = await this.#calls.ask(what, (call) =>
      this.#docker.createContainer({
        ...body,
        HostConfig: { NetworkMode: 'none', VolumesFrom: volumesFrom, LogConfig: LOG },
        ...abortedBy(call),
      }),
    );
    try {
      await this.startContainer(id);
      const { StatusCode: exitCode } = await this.#calls.ask(
        what,
        (call) => this.#container(id).wait(abortedBy(call)),
        volumesFrom.length > 0 ? { deadlineMs: Number.POSITIVE_INFINITY } : {},
      );
      return { exitCode, lines: await this.logTail(id, 'all') };
    } finally {
      await this.#uninterrupted().removeContainer(id);
    }
  }

  async listContainers(labels: Labels): Promise<ContainerSummary[]> {
    const containers = await this.#calls.ask('list containers', (call) =>
      this.#docker.listContainers({ all: true, filters: labelFilter(labels), ...abortedBy(call) }),
    );
    return containers.map(toSummary);
  }

  async inspectContainer(name: string): Promise<ContainerDetails | null> {
    const info = await this.#inspect(name);
    return info && toDetails(info.State, info.Config.User);
  }

  #inspect(name: string): Promise<Dockerode.ContainerInspectInfo | null> {
    return this.#calls.find(`inspect container ${name}`, (call) =>
      this.#container(name).inspect(abortedBy(call)),
    );
  }

  async createContainer(spec: ContainerSpec): Promise<void> {
    const { name } = spec;
    await this.#calls.ask(`create container ${name}`, (call) =>
      this.#docker.createContainer({ name, ...toCreateBody(spec), ...abortedBy(call) }),
    );
    for (const network of spec.networks.slice(1)) {
      await this.connectNetwork(network.name, name, network.aliases);
    }
  }

  #container(name: string): Dockerode.Container {
    return this.#docker.getContainer(name);
  }

  /** For undoing what was begun: the same engine, out of reach of the runtime's signal. */
  #uninterrupted(): Runtime {
    return new DockerodeRuntime(this.#docker, this.#place, new AbortController().signal);
  }

  async startContainer(name: string): Promise<void> {
    await this.#calls.settle(`start container ${name}`, already.started, (call) =>
      this.#container(name).start(abortedBy(call)),
    );
  }

  async stopContainer(name: string): Promise<void> {
    const info = await this.#inspect(name);
    const { StopTimeout } = (info?.Config ?? {}) as { StopTimeout?: number };
    const timeoutMs = (StopTimeout ?? 0) * 1_000;
    await this.#calls.settle(
      `stop container ${name}`,
      already.stopped,
      (call) => this.#container(name).stop(abortedBy(call)),
      { deadlineMs: timeoutMs + STOP_GRACE_MS },
    );
  }

  async killContainer(name: string, signal: string): Promise<void> {
    await this.#calls.ask(`send ${signal} to container ${name}`, (call) =>
      this.#container(name).kill({ signal, ...abortedBy(call) }),
    );
  }

  async pauseContainer(name: string): Promise<void> {
    await this.#calls.settle(`pause container ${name}`, already.paused, (call) =>
      this.#container(name).pause(abortedBy(call)),
    );
  }

  async unpauseContainer(name: string): Promise<void> {
    await this.#calls.settle(`unpause container ${name}`, already.unpaused, (call) =>
      this.#container(name).unpause(abortedBy(call)),
    );
  }

  async removeContainer(name: string): Promise<void> {
    await this.#calls.settle(`remove container ${name}`, already.gone, (call) =>
      // `v` takes the volumes without a name along, which nothing would find again.
      repeatWhile(isBeingRemoved, call, () =>
        this.#container(name).remove({ force: true, v: true, ...abortedBy(call) }),
      ),
    );
  }

  async listNetworks(labels: Labels): Promise<NetworkSummary[]> {
    const networks = await this.#calls.ask('list networks', (call) =>
      this.#docker.listNetworks({ filters: labelFilter(labels), ...abortedBy(call) }),
    );
    return networks.map(({ Id, Name, Created, Labels }) => ({
      id: Id,
      name: Name,
      createdMs: Date.parse(Created ?? ''),
      labels: Labels ?? {},
    }));
  }

  async createNetwork(name: string, labels: Labels): Promise<void> {
    // Below API 1.44 the engine allows two networks of one name unless asked to check.
    const options = { Name: name, Labels: { ...labels }, CheckDuplicate: true };
    await this.#calls.ask(`create network ${name}`, (call) =>
      this.#docker.createNetwork({ ...options, ...abortedBy(call) }),
    );
  }

  async removeNetwork(name: string): Promise<void> {
    await this.#calls.settle(`remove network ${name}`, already.gone, (call) =>
      this.#docker.getNetwork(name).remove(abortedBy(call)),
    );
  }

  async connectNetwork(
    network: string,
    container: string,
    aliases: readonly string[],
  ): Promise<void> {
    const options = { Container: container, EndpointConfig: { Aliases: [...aliases] } };
    await this.#calls.ask(`connect container ${container} to network ${network}`, (call) =>
      this.#docker.getNetwork(network).connect({ ...options, ...abortedBy(call) }),
    );
  }

  async disconnectNetwork(network: string, container: string): Promise<void> {
    const what = `disconnect container ${container} from network ${network}`;
    await this.#calls.settle(what, already.gone, (call) =>
      this.#docker.getNetwork(network).disconnect({ Container: container, ...abortedBy(call) }),
    );
  }

  async listVolumes(labels: Labels): Promise<VolumeSummary[]> {
    const { Volumes } = await this.#calls.ask('list volumes', (call) =>
      this.#docker.listVolumes({ filters: labelFilter(labels), ...abortedBy(call) }),
    );
    // The client's types lack it.
    const volumes: (Dockerode.VolumeInspectInfo & { CreatedAt?: string })[] = Volumes ?? [];
    return volumes.map(({ Name, CreatedAt, Labels }) => ({
      name: Name,
      createdMs: Date.parse(CreatedAt ?? ''),
      labels: Labels ?? {},
    }));
  }

  async createVolume(name: string, labels: Labels): Promise<void> {
    await this.#calls.ask(`create volume ${name}`, (call) =>
      this.#docker.createVolume({ Name: name, Labels: { ...labels }, ...abortedBy(call) }),
    );
  }

  async removeVolume(name: string): Promise<void> {
    await this.#calls.settle(`remove volume ${name}`, already.gone, (call) =>
      this.#docker.getVolume(name).remove(abortedBy(call)),
    );
  }

  async readFile(container: string, path: string): Promise<string | null> {
    return this.#calls.find(`read ${path} in container ${container}`, (call) =>
      repeatWhile(isVanishing, call, async () => {
        const archive = await this.#container(container).getArchive({ path, ...abortedBy(call) });
        return unpackFile(archive as AsyncIterable<Buffer>);
      }),
    );
  }

  async statFile(container: string, path: string): Promise<FileStat | null> {
    return this.#calls.find(`look at ${path} in container ${container}`, async (call) => {
      const { stat } = await this.#locate(container, path, call);
      return stat;
    });
  }

  readHead(container: string, path: string, bytes: number): Promise<Buffer | null> {
    return this.#readPart(container, path, bytes, 'head');
  }

  readTail(container: string, path: string, bytes: number): Promise<Buffer | null> {
    return this.#readPart(container, path, bytes, 'tail');
  }

  async #readPart(
    container: string,
    path: string,
    bytes: number,
    end: 'head' | 'tail',
  ): Promise<Buffer | null> {
    return this.#calls.find(`read ${path} in container ${container}`, async (call) => {
      const { path: place, stat } = await this.#locate(container, path, call);
      // The engine would send all that is in it.
      if (stat.isFolder) return null;
      const archive = await this.#container(container).getArchive({
        path: place,
        ...abortedBy(call),
      });
      archive.on('data', () => call.allow(FILE_SILENCE_MS));
      return unpackPart(archive as Readable, bytes, end);
    });
  }

  /** Where a path leads: the engine's archive of a symbolic link is the link itself. */
  async #locate(container: string, path: string, call: Call) {
    const look = async (at: string) => {
      const options = { path: at, ...abortedBy(call) };
      const answer = await this.#container(container).infoArchive(options);
      // An answer that nobody reads to its end keeps its socket, and the process with it.
      answer.resume();
      return parsePathStat(String(answer.headers['x-docker-container-path-stat']));
    };
    const { stat, linkTarget } = await look(path);
    if (linkTarget === null) return { path, stat };
    return { path: linkTarget, stat: (await look(linkTarget)).stat };
  }

  async writeFiles(container: string, folder: string, files: readonly FileEntry[]): Promise<void> {
    const { path, entries } = rooted(folder, files);
    const archive = await packFiles(entries);
    await this.#calls.ask(`write to ${folder} in container ${container}`, (call) =>
      this.#container(container).putArchive(archive, { path, ...abortedBy(call) }),
    );
  }

  async logTail(container: string, lines: number | 'all'): Promise<string[]> {
    // Without `tail` the engine sends all.
    const options = { stdout: true, stderr: true, ...(lines === 'all' ? {} : { tail: lines }) };
    const log = await this.#calls.ask(`read the log of container ${container}`, (call) =>
      this.#container(container).logs({ ...options, ...abortedBy(call) }),
    );
    const splitter = new LogLines();
    return [...splitter.push(log), ...splitter.flush()];
  }

  async followLog(
    container: string,
    { tail, signal }: { tail: number | 'all'; signal: AbortSignal },
    onLine: (line: string) => void,
  ): Promise<void> {
    const options = { follow: true as const, stdout: true, stderr: true };
    const follow = async (call: Call) => {
      const log = await this.#container(container).logs({
        ...options,
        ...(tail !== 'all' && { tail }),
        ...abortedBy(call),
      });
      call.allow(Number.POSITIVE_INFINITY);
      const splitter = new LogLines();
      for await (const chunk of log as AsyncIterable<Buffer>) splitter.push(chunk).forEach(onLine);
      splitter.flush().forEach(onLine);
    };
    try {
      await this.#calls.ask(`follow the log of container ${container}`, follow, { until: signal });
    } catch (error) {
      if (this.#signal.aborted || !signal.aborted) throw error;
    }
  }

  async exec(
    container: string,
    command: readonly string[],
    deadlineMs: number,
    user = '',
  ): Promise<ExecResult> {
    const run = async (call: Call) => {
      const options = { Cmd: [...command], User: user, AttachStdout: true, AttachStderr: true };
      const exec = await this.#container(container).exec({ ...options, ...abortedBy(call) });
      const stream = await exec.start(abortedBy(call));
      return capture({ stream, tty: false, exitCode: () => exitCode(exec, call) }, call.signal);
    };
    return this.#calls.ask(execution(container, command), run, { deadlineMs });
  }

  async execInteractive(
    container: string,
    command: readonly string[],
    terminal: Terminal,
  ): Promise<number> {
    const tty = terminal.stdin.isTTY && terminal.stdout.isTTY;
    const output = { AttachStdout: true, AttachStderr: true };
    const options = { Cmd: [...command], Tty: tty, AttachStdin: true, ...output };
    return this.#calls.ask(execution(container, command), async (call) => {
      const exec = await this.#container(container).exec({ ...options, ...abortedBy(call) });
      const start = { hijack: true, stdin: true, Tty: tty };
      const stream = await exec.start({ ...start, ...abortedBy(call) });
      call.allow(Number.POSITIVE_INFINITY);
      const interactive = {
        stream,
        tty,
        exitCode: () => this.#calls.ask('ask for an exit code', (poll) => exitCode(exec, poll)),
        resize: (rows: number, columns: number) =>
          this.#calls.ask('resize a terminal', (resize) =>
            exec.resize({ h: rows, w: columns, ...abortedBy(resize) }),
          ),
      };
      return attach(interactive, terminal, call.signal);
    });
  }
}

const abortedBy = ({ signal }: Call) => ({ abortSignal: signal });

/** Names the command only: its arguments may hold a password. */
const execution = (container: string, [command]: readonly string[]) =>
  `run ${command} in container ${container}`;

async function exitCode(exec: Dockerode.Exec, call: Call): Promise<number | null> {
  const { Running, ExitCode } = await exec.inspect(abortedBy(call));
  return Running ? null : ExitCode;
}

/** Passes a pull's answer on; each part of it restarts the clock. */
async function* heard(answer: AsyncIterable<Buffer>, call: Call): AsyncGenerator<Buffer> {
  for await (const chunk of answer) {
    call.allow(PULL_SILENCE_MS);
    yield chunk;
  }
}
