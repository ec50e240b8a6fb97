/** What the bare scripts do with the engine, with as few calls as that needs. */
import { connect } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROJECT_LABEL } from './subjects.mjs';

const beforeLoading = performance.now();
const { default: Docker } = await import('dockerode');
/** How long it took to load dockerode. */
export const loadingMs = performance.now() - beforeLoading;
const { default: tar } = await import('tar-stream');

const docker = new Docker();

export class Bare {
  #labels;
  #image;

  constructor(project, image) {
    this.#labels = { [PROJECT_LABEL]: project };
    this.#image = image;
    this.control = project;
    this.replication = `${project}_replication`;
  }

  /** @param subnet of the one for replication; the engine's choice where none is said */
  async createNetworks(subnet = null) {
    const network = (Name, more = {}) =>
      docker.createNetwork({ Name, Labels: this.#labels, CheckDuplicate: true, ...more });
    const fixed = subnet && { IPAM: { Config: [{ Subnet: subnet }] } };
    await Promise.all([network(this.control), network(this.replication, fixed ?? {})]);
  }

  /**
   * @param node `{ name, container, port, inner, ip, command, file, conf, volumes }`: `volumes` from what they are
   * for to where they are mounted; its `conf` is written as `file` into the volume of that name
   * @param networks a promise: volumes are made beside them
   */
  async create(node, networks) {
    const { name, container, port, inner, ip = null, volumes } = node;
    const mounts = Object.entries(volumes).map(([role, Target]) => ({
      Type: 'volume',
      Source: `${container}-${role}`,
      Target,
    }));
    const made = mounts.map(({ Source }) =>
      docker.createVolume({ Name: Source, Labels: this.#labels }),
    );
    await Promise.all([networks, ...made]);
    await docker.createContainer({
      name: container,
      Image: this.#image,
      Cmd: node.command,
      Labels: this.#labels,
      ExposedPorts: { [`${inner}/tcp`]: {} },
      HostConfig: {
        NetworkMode: this.control,
        PortBindings: { [`${inner}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: String(port) }] },
        Mounts: mounts,
      },
    });
    const EndpointConfig = ip ? { IPAMConfig: { IPv4Address: ip } } : { Aliases: [name] };
    const replication = docker.getNetwork(this.replication);
    await replication.connect({ Container: container, EndpointConfig });
    const archive = await pack(node.file, node.conf);
    await docker.getContainer(container).putArchive(archive, { path: volumes.conf });
  }

  /** Until it answers. */
  async start({ container, port }) {
    await docker.getContainer(container).start();
    await until(async () => (await ask(port, 'PING')).startsWith('+PONG'));
  }
}

function pack(name, content) {
  const archive = tar.pack();
  // What a sentinel may write into, whoever the image's server runs as.
  archive.entry({ name: '.', type: 'directory', mode: 0o777 });
  archive.entry({ name, mode: 0o666 }, content);
  archive.finalize();
  return buffer(archive);
}

/** What a server answers to these; nothing while it does not listen. */
export async function ask(port, ...commands) {
  const connection = connect(port, '127.0.0.1');
  // A sentinel knows no QUIT.
  connection.end([...commands, ''].join('\r\n'));
  return text(connection).catch(() => '');
}

export async function isInSync({ port }) {
  return (await ask(port, 'INFO replication')).includes('master_link_status:up');
}

export async function hasOnline({ port }, replicas) {
  const online = (await ask(port, 'INFO replication')).match(/^slave\d+:.*state=online/gm) ?? [];
  return online.length === replicas;
}

export async function until(isDone) {
  while (!(await isDone())) await sleep(10);
}
