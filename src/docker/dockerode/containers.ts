/** Containers, by way of dockerode: what becomes of them, and short-lived ones. */
import type { Duplex } from 'node:stream';
import type Dockerode from 'dockerode';
import { EngineError } from '../../errors.js';
import { type CallOptions, EngineCalls, repeatWhile } from '../engine-calls.js';
import { already, isBeingRemoved } from '../engine-errors.js';
import { LOG, labelFilter, toCreateBody, toDetails, toSummary } from '../engine-json.js';
import { unframed } from '../joined.js';
import type {
  ContainerDetails,
  ContainerSpec,
  ContainerSummary,
  Labels,
  RunResult,
  Runtime,
} from '../runtime.js';
import { abortedBy, type Client } from './client.js';
import { networks } from './networks.js';
import { logs } from './processes.js';

/** What stopping may take beyond the container's own stop timeout. */
const STOP_GRACE_MS = 30_000;

type Containers = Pick<
  Runtime,
  | 'listContainers'
  | 'inspectContainer'
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'killContainer'
  | 'pauseContainer'
  | 'unpauseContainer'
  | 'removeContainer'
>;

export function containers(client: Client): Containers {
  const { docker, calls } = client;
  const container = (name: string) => docker.getContainer(name);
  return {
    async listContainers(labels: Labels): Promise<ContainerSummary[]> {
      const containers = await calls.ask('list containers', (call) =>
        docker.listContainers({ all: true, filters: labelFilter(labels), ...abortedBy(call) }),
      );
      return containers.map(toSummary);
    },

    async inspectContainer(name: string): Promise<ContainerDetails | null> {
      const info = await inspect(client, name);
      return info && toDetails(info.State, info.Config.User);
    },

    async createContainer(spec: ContainerSpec): Promise<void> {
      const { name } = spec;
      await calls.ask(`create container ${name}`, (call) =>
        docker.createContainer({ name, ...toCreateBody(spec), ...abortedBy(call) }),
      );
      for (const network of spec.networks.slice(1)) {
        const { aliases } = network;
        await networks(client).connectNetwork(network.name, name, { aliases, address: null });
      }
    },

    async startContainer(name: string): Promise<void> {
      await calls.settle(`start container ${name}`, already.started, (call) =>
        container(name).start(abortedBy(call)),
      );
    },

    async stopContainer(name: string): Promise<void> {
      const info = await inspect(client, name);
      const { StopTimeout } = (info?.Config ?? {}) as { StopTimeout?: number };
      const timeoutMs = (StopTimeout ?? 0) * 1_000;
      await calls.settle(
        `stop container ${name}`,
        already.stopped,
        (call) => container(name).stop(abortedBy(call)),
        { deadlineMs: timeoutMs + STOP_GRACE_MS },
      );
    },

    async killContainer(name: string, signal: string): Promise<void> {
      await calls.ask(`send ${signal} to container ${name}`, (call) =>
        container(name).kill({ signal, ...abortedBy(call) }),
      );
    },

    async pauseContainer(name: string): Promise<void> {
      await calls.settle(`pause container ${name}`, already.paused, (call) =>
        container(name).pause(abortedBy(call)),
      );
    },

    async unpauseContainer(name: string): Promise<void> {
      await calls.settle(`unpause container ${name}`, already.unpaused, (call) =>
        container(name).unpause(abortedBy(call)),
      );
    },

    async removeContainer(name: string): Promise<void> {
      await calls.settle(`remove container ${name}`, already.gone, (call) =>
        // `v` takes the volumes without a name along, which nothing would find again.
        repeatWhile(isBeingRemoved, call, () =>
          container(name).remove({ force: true, v: true, ...abortedBy(call) }),
        ),
      );
    },
  };
}

const inspect = (
  { docker, calls }: Client,
  name: string,
): Promise<Dockerode.ContainerInspectInfo | null> =>
  calls.find(`inspect container ${name}`, (call) =>
    docker.getContainer(name).inspect(abortedBy(call)),
  );

/** Short-lived ones; without a network unless one is named. */
export function helpers(client: Client): Pick<Runtime, 'runOnce' | 'runBeside' | 'openBeside'> {
  return {
    async runOnce(
      image: string,
      command: readonly string[],
      labels: Labels,
      network = 'none',
    ): Promise<string[]> {
      const what = `run ${command[0]} of image ${image}`;
      const { lines } = await runAside(client, what, {
        Image: image,
        Cmd: [...command],
        Labels: { ...labels },
        HostConfig: { NetworkMode: network },
      });
      return lines;
    },

    async runBeside(
      container: string,
      command: readonly string[],
      labels: Labels,
    ): Promise<RunResult> {
      const what = `run ${command[0]} beside container ${container}`;
      const body = {
        ...(await besideOf(client, container, command, labels)),
        HostConfig: { NetworkMode: 'none', VolumesFrom: [container] },
      };
      // It takes as long as the data are large.
      return runAside(client, what, body, { deadlineMs: Number.POSITIVE_INFINITY });
    },

    async openBeside(
      container: string,
      command: readonly string[],
      labels: Labels,
    ): Promise<Duplex> {
      const body = await besideOf(client, container, command, labels);
      return openAside(client, `run ${command[0]} beside container ${container}`, {
        ...body,
        ...JOINED,
        HostConfig: {
          NetworkMode: 'none',
          VolumesFrom: [`${container}:ro`],
          AutoRemove: true,
          // What it prints may be secret, and the engine would keep it.
          LogConfig: { Type: 'none', Config: {} },
        },
      });
    },
  };
}

/** As root, of the same image. */
async function besideOf(
  client: Client,
  container: string,
  command: readonly string[],
  labels: Labels,
) {
  const info = await inspect(client, container);
  if (info === null) throw new EngineError(`there is no container ${container}`);
  return {
    // By id: the name may be another image's by now.
    Image: info.Image,
    Entrypoint: [...command],
    User: '0:0',
    Labels: { ...labels },
  };
}

/** The engine closes its input as soon as nobody is joined to it any more. */
const JOINED = {
  OpenStdin: true,
  StdinOnce: true,
  AttachStdin: true,
  AttachStdout: true,
  AttachStderr: true,
};

async function openAside(
  client: Client,
  what: string,
  body: Dockerode.ContainerCreateOptions,
): Promise<Duplex> {
  const { docker, calls } = client;
  const { id } = await calls.ask(what, (call) =>
    docker.createContainer({ ...body, ...abortedBy(call) }),
  );
  const remove = () => containers(uninterrupted(client)).removeContainer(id);
  try {
    // Not with the call's signal: the stream outlives the call.
    const ends = { stdin: true, stdout: true, stderr: true };
    const joined = await calls.ask(what, () =>
      docker.getContainer(id).attach({ stream: true, hijack: true, ...ends }),
    );
    await containers(client).startContainer(id);
    return unframed(joined as Duplex, what, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

async function runAside(
  client: Client,
  what: string,
  body: Dockerode.ContainerCreateOptions,
  options: CallOptions = {},
): Promise<{ exitCode: number; lines: string[] }> {
  const { docker, calls } = client;
  const { id } = await calls.ask(what, (call) =>
    docker.createContainer({
      ...body,
      HostConfig: { ...body.HostConfig, LogConfig: LOG },
      ...abortedBy(call),
    }),
  );
  try {
    await containers(client).startContainer(id);
    const { StatusCode: exitCode } = await calls.ask(
      what,
      (call) => docker.getContainer(id).wait(abortedBy(call)),
      options,
    );
    return { exitCode, lines: await logs(client).logTail(id, 'all') };
  } finally {
    await containers(uninterrupted(client)).removeContainer(id);
  }
}

/** For undoing what was begun: the same engine, out of reach of the client's signal. */
function uninterrupted(client: Client): Client {
  const { signal } = new AbortController();
  return { ...client, signal, calls: new EngineCalls(client.place, signal) };
}
