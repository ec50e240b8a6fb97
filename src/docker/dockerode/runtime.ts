/**
 * `Runtime` by way of dockerode, which nothing outside this folder imports. dockerode has no
 * deadlines, hides errors inside streams and reads DOCKER_HOST behind one's back; what guards
 * against each stands in a file of its own in the folder above.
 */
import type Dockerode from 'dockerode';
import { modemOptions } from '../connection.js';
import type { Endpoint } from '../endpoint.js';
import { EngineCalls } from '../engine-calls.js';
import type { EngineFacts, HostFacts, Runtime } from '../runtime.js';
import { type Client, get } from './client.js';
import { containers, helpers } from './containers.js';
import { files } from './files.js';
import { images } from './images.js';
import { networks, volumes } from './networks.js';
import { executions, logs } from './processes.js';

/**
 * Prepares calls to the engine. Sends nothing yet: a dead engine shows at the first call.
 * @param signal when it aborts, calls under way and calls to come reject with its reason
 */
export async function connectRuntime(place: Endpoint, signal: AbortSignal): Promise<Runtime> {
  // It takes a sixth of a second to load.
  const { default: Engine } = await import('dockerode');
  const options = await modemOptions(place);
  const docker = unprompted(() => new Engine(options));
  const client = { docker, place, signal, calls: new EngineCalls(place, signal) };
  return {
    endpoint: place.url,
    source: place.source,
    publishedHost: place.publishedHost,
    ...itself(client),
    ...images(client),
    ...containers(client),
    ...helpers(client),
    ...networks(client),
    ...volumes(client),
    ...files(client),
    ...logs(client),
    ...executions(client),
  };
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

interface EngineInfo {
  readonly ID: string;
  readonly Name: string;
  readonly KernelVersion: string;
  readonly DockerRootDir: string;
}

/** The engine, and the machine that it runs on. */
function itself(client: Client): Pick<Runtime, 'engine' | 'host'> {
  const { calls } = client;
  let known: EngineFacts | undefined;
  const engine = async (): Promise<EngineFacts> => {
    known ??= await calls.ask('ask for the engine version', async (call) => {
      const version = await get<Dockerode.DockerVersion>(client, '/version', call);
      const { Version, ApiVersion, Os, Arch, Components = [] } = version;
      const product = Components.some(({ Name }) => Name.startsWith('Podman'))
        ? 'Podman'
        : 'Docker';
      return { product, version: Version, apiVersion: ApiVersion, os: Os, arch: Arch };
    });
    return known;
  };
  return {
    engine,
    async host(): Promise<HostFacts> {
      const [{ product }, info] = await Promise.all([
        engine(),
        calls.ask('ask for the engine’s host', (call) => get<EngineInfo>(client, '/info', call)),
      ]);
      const { ID, Name: name, KernelVersion: kernel, DockerRootDir: dataFolder } = info;
      // Podman makes a new one up for every answer.
      const id = product === 'Docker' ? ID : `${name} ${dataFolder}`;
      return { id, name, kernel, dataFolder };
    },
  };
}
