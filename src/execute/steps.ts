/** How each kind of step is carried out. One function a kind; none of them decides anything. */
import { accessFiles } from '../access/access-files.js';
import { accessLines } from '../access/conf-lines.js';
import { LABEL } from '../docker/labels.js';
import { CONF_FOLDER, containerName, replicationNetworkName } from '../docker/names.js';
import type { Labels } from '../docker/runtime.js';
import { serverOwner } from '../docker/server-user.js';
import { closeLinks, closeLinksWith, joinNetwork } from '../failover/cut.js';
import { follow, makeDurable } from '../failover/promote.js';
import { writeRole } from '../failover/rejoin.js';
import { switchover } from '../failover/switchover.js';
import { duration } from '../format.js';
import { whileRunning } from '../live/server-exit.js';
import type { Step, StepKind } from '../plan/plan.js';
import { type RedisNode, ReplyError } from '../redis/node.js';
import { passBarrier, waitForLink, waitForPong } from '../redis/probes.js';
import { setConfig } from '../redis/set-config.js';
import { makeFolder } from '../topology/folders.js';
import type { Creation, World } from './world.js';

type StepOf<K extends StepKind> = Extract<Step, { kind: K }>;
type Perform<K extends StepKind> = (step: StepOf<K>, world: World) => Promise<void>;

/** Of the mounted configuration. */
const MODE = {
  open: { folder: 0o755, file: 0o644 },
  secret: { folder: 0o700, file: 0o600 },
} as const;

const PERFORM: { readonly [K in StepKind]: Perform<K> } = {
  pullImage: (step, { runtime, emit }) =>
    runtime.pullImage(step.resource, (text) => emit({ type: 'progress', step, text })),
  createNetwork: (step, { runtime, creation }) =>
    runtime.createNetwork(step.resource, madeBy(creation, step.labels)),
  createVolume: (step, { runtime, creation }) =>
    runtime.createVolume(step.resource, madeBy(creation, step.labels)),
  createFolder: (step) => makeFolder(step.resource),
  createContainer: (step, { runtime, creation }) =>
    runtime.createContainer({ ...step.spec, labels: madeBy(creation, step.spec.labels) }),
  writeConfig,
  grantChannels,
  startContainer: (step, { runtime }) => runtime.startContainer(step.resource),
  unpauseContainer: (step, { runtime }) => runtime.unpauseContainer(step.resource),
  connectNetwork,
  promote: (step, world) =>
    withServer(step, world, async (server) => {
      await server.call('REPLICAOF', 'NO', 'ONE');
      await makeDurable(server);
    }),
  follow: (step, world) =>
    withServer(step, world, async (server) => {
      await follow(server, step.upstream);
      await makeDurable(server);
    }),
  makeDurable: (step, world) => withServer(step, world, makeDurable),
  restoreSetting: (step, world) =>
    withServer(step, world, async (server) => {
      await server.call('CONFIG', 'SET', step.setting, step.value);
      await makeDurable(server);
    }),
  setConfig: (step, world) => withServer(step, world, (server) => setConfig(server, step.settings)),
  switchover: moveRole,
  killContainer: (step, { runtime }) => runtime.killContainer(step.resource, 'SIGKILL'),
  writeRole: (step, { runtime }) => writeRole(runtime, step.resource, step.upstream),
  waitReady,
  waitInSync,
  stopContainer: (step, { runtime }) => runtime.stopContainer(step.resource),
  removeContainer: (step, { runtime }) => runtime.removeContainer(step.resource),
  removeNetwork: (step, { runtime }) => runtime.removeNetwork(step.network),
  removeVolume: (step, { runtime }) => runtime.removeVolume(step.resource),
};

/** So that a rollback finds what its own run has made. */
const madeBy = (creation: Creation | null, labels: Labels): Labels =>
  creation === null ? labels : { ...labels, [LABEL.run]: creation.run };

async function withServer(
  { node, port }: { readonly node: string; readonly port: number },
  world: World,
  work: (server: RedisNode) => Promise<void>,
): Promise<void> {
  const server = world.connect(node, port);
  try {
    await work(server);
  } finally {
    server.close();
  }
}

async function moveRole(step: StepOf<'switchover'>, world: World): Promise<void> {
  const { deadline, signal } = world;
  const [master, heir, ...others] = [step.master, step, ...step.others].map(({ node, port }) =>
    world.connect(node, port),
  );
  if (master === undefined || heir === undefined) return;
  try {
    const { fencedMs } = await switchover({ master, heir, others, deadline, signal });
    const text = `is the master now; writes were refused for ${duration(fencedMs)}`;
    world.emit({ type: 'progress', step, text });
  } finally {
    for (const server of [master, heir, ...others]) server.close();
  }
}

/**
 * A link from before the cut may still look open, to an address that its upstream no longer
 * has: then the replica would notice only after repl-timeout, a minute. That goes for the
 * node's own link, and for those of its replicas.
 */
async function connectNetwork(step: StepOf<'connectNetwork'>, world: World): Promise<void> {
  const { network, resource: container, aliases } = step;
  await joinNetwork(world.runtime, { network, container, aliases });
  if (step.port === null) return;
  const server = { node: step.node, port: step.port };
  await Promise.all([
    withServer(server, world, (it) => closeLinks(it, 'master')),
    ...step.peers.map((peer) =>
      withServer(peer, world, (it) => closeLinksWith(it, step.node, null)),
    ),
  ]);
}

/** Rejects with what the engine, the server or the limits say. */
export function perform(step: Step, world: World): Promise<void> {
  return (PERFORM[step.kind] as Perform<StepKind>)(step, world);
}

/**
 * The folder itself must be the server's too: CONFIG REWRITE writes a new file beside the
 * old one and renames it. A mount's root belongs to root until it is told otherwise.
 */
async function writeConfig(step: StepOf<'writeConfig'>, world: World): Promise<void> {
  const { runtime, creation } = world;
  const files =
    step.access === null
      ? new Map()
      : await accessFiles(step.access, step.node, runtime.publishedHost);
  const mode = step.access === null ? MODE.open : MODE.secret;
  const ask = creation?.ownerOf ?? ((...question) => serverOwner(runtime, ...question));
  const owner = await ask(step.resource, step.user);
  await runtime.writeFiles(step.resource, CONF_FOLDER, [
    { path: '.', content: null, mode: mode.folder, ...owner },
    ...[...files].map(([path, content]) => ({ path, content, mode: mode.file, ...owner })),
    {
      path: 'redis.conf',
      content: step.text + accessLines(step.access),
      mode: mode.file,
      ...owner,
    },
  ]);
}

/** Before 6.2 there are no rights on channels, and no word for them. */
async function grantChannels(step: StepOf<'grantChannels'>, world: World): Promise<void> {
  await withServer(step, world, async (server) => {
    try {
      await server.call('ACL', 'SETUSER', step.user, 'allchannels');
    } catch (error) {
      if (error instanceof ReplyError && error.message.includes('Syntax error')) return;
      throw error;
    }
    await makeDurable(server);
  });
}

async function waitReady(step: StepOf<'waitReady'>, world: World): Promise<void> {
  await withServer(step, world, async (server) => {
    const onProgress = (text: string) => world.emit({ type: 'progress', step, text });
    onProgress('waiting for PONG');
    const { node, resource: container } = step;
    await whileRunning(world.runtime, [{ node, container }], world, (limits) =>
      waitForPong(server, { ...limits, onProgress }),
    );
  });
}

async function waitInSync(step: StepOf<'waitInSync'>, world: World): Promise<void> {
  const { node, resource: container, topology } = step;
  const above = { ...step.upstream, container: containerName(topology, step.upstream.node) };
  const replica = world.connect(node, step.port);
  const upstream = world.connect(above.node, above.port);
  try {
    const addresses = await replicationAddresses(step, world);
    const onProgress = (text: string) => world.emit({ type: 'progress', step, text });
    await whileRunning(world.runtime, [{ node, container }, above], world, async (limits) => {
      await waitForLink(upstream, replica, { ...limits, addresses, onProgress });
      onProgress('link up, catching up');
      await passBarrier(upstream, replica, limits);
    });
  } finally {
    replica.close();
    upstream.close();
  }
}

async function replicationAddresses(step: StepOf<'waitInSync'>, { runtime }: World) {
  const containers = await runtime.listContainers(step.labels);
  return containers
    .flatMap((container) => container.networks)
    .filter((network) => network.name === replicationNetworkName(step.topology))
    .map((network) => network.address);
}
