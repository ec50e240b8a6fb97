/** How each kind of step is carried out. One function a kind; none of them decides anything. */
import { rename, rm } from 'node:fs/promises';
import { accessLines, withoutPasswords } from '../access/conf-lines.js';
import { withSetting } from '../config/conf-file.js';
import { expiryLabel } from '../docker/expiry.js';
import { recordLabels } from '../docker/labels.js';
import { CONF_FILE, CONF_FOLDER } from '../docker/names.js';
import type { FileEntry } from '../docker/runtime.js';
import { listTopology } from '../docker/topologies.js';
import { FailedError } from '../errors.js';
import { closeLinks, closeLinksTo, joinNetwork } from '../failover/cut.js';
import { rewriteConf, writeRole } from '../failover/mounted-conf.js';
import { follow, makeDurable } from '../failover/promote.js';
import { setAside, setAsideLiving, swapSetAside } from '../failover/set-aside.js';
import { recordOf } from '../observe/kept.js';
import type { Step, StepKind, StepOf } from '../plan/plan.js';
import { setAppendOnly } from '../redis/append-only.js';
import { ReplyError } from '../redis/node.js';
import { setConfig } from '../redis/set-config.js';
import { makeFolder } from '../topology/folders.js';
import { dropKey, keepAuthority } from './authority.js';
import { confFiles } from './conf-files.js';
import { moveRole, takeRole } from './move-role.js';
import { salvage } from './salvage.js';
import {
  awaitElection,
  changeSentinelConf,
  grantSentinels,
  monitor,
  setSentinel,
  tellOf,
  waitSettled,
  writeSentinelConf,
} from './sentinels.js';
import { waitInSync, waitReady } from './waits.js';
import { withServer } from './with-server.js';
import { madeBy, type World } from './world.js';

type Perform<K extends StepKind> = (step: StepOf<K>, world: World) => Promise<void>;

const PERFORM: { readonly [K in StepKind]: Perform<K> } = {
  pullImage: (step, { runtime, emit }) =>
    runtime.pullImage(step.resource, (text) => emit({ type: 'progress', step, text })),
  createNetwork: (step, { runtime, creation }) =>
    runtime.createNetwork(step.resource, madeBy(creation, step.labels), step.subnet),
  createVolume: (step, { runtime, creation }) =>
    runtime.createVolume(step.resource, madeBy(creation, step.labels)),
  createFolder: (step) => makeFolder(step.resource),
  createContainer: (step, { runtime, creation }) =>
    runtime.createContainer({ ...step.spec, labels: madeBy(creation, step.spec.labels) }),
  writeConfig,
  writeSentinelConf,
  changeSentinelConf,
  monitor,
  setSentinel,
  waitSettled,
  awaitElection,
  tellSentinels: async (step, world) => {
    const missing = await tellOf(step, world, world);
    for (const it of missing) world.emit({ type: 'missing', ...it });
  },
  keepAuthority,
  dropKey,
  grantChannels,
  grantSentinels,
  startContainer: (step, { runtime }) => runtime.startContainer(step.resource),
  unpauseContainer: (step, { runtime }) => runtime.unpauseContainer(step.resource),
  attachNetwork: ({ network, resource, aliases, address }, { runtime }) =>
    runtime.connectNetwork(network, resource, { aliases, address }),
  connectNetwork,
  promote: takeRole,
  follow: (step, world) =>
    withServer(step, world, async (server) => {
      await follow(server, step.host);
      await makeDurable(server);
    }),
  makeDurable: (step, world) => withServer(step, world, makeDurable),
  restoreSetting: (step, world) =>
    withServer(step, world, async (server) => {
      await server.call('CONFIG', 'SET', step.setting, step.value);
      await makeDurable(server);
    }),
  setConfig: (step, world) =>
    withServer(step, world, async (server) => {
      const { node, port } = step;
      const settings = await setConfig(server, step.settings);
      world.creation?.former.settings.push({ node, port, settings });
    }),
  switchover: moveRole,
  cutNetwork: (step, { runtime }) => runtime.disconnectNetwork(step.network, step.resource),
  killContainer: (step, { runtime }) => runtime.killContainer(step.resource, 'SIGKILL'),
  writeRole: (step, { runtime }) => writeRole(runtime, step.resource, step.host),
  writeSetting: ({ resource, setting, value }, { runtime }) =>
    rewriteConf(runtime, resource, (conf) => withSetting(conf, setting, value)),
  setAppendOnly: (step, world) =>
    withServer(step, world, async (server) => {
      await setAppendOnly(server, step.value, world);
      await makeDurable(server);
    }),
  setAside: keepAside,
  salvage,
  swapSetAside: async (step, { runtime }) => {
    await swapSetAside(runtime, placeOf(step), step.cause);
  },
  waitReady,
  waitInSync,
  stopContainer: (step, { runtime }) => runtime.stopContainer(step.resource),
  removeContainer: (step, { runtime }) => runtime.removeContainer(step.resource),
  removeStray: (step, { runtime }) => runtime.removeContainer(step.resource),
  removeNetwork: (step, { runtime }) => runtime.removeNetwork(step.network),
  removeVolume: (step, { runtime }) => runtime.removeVolume(step.resource),
  removeFolder: (step) => rm(step.resource, { recursive: true, force: true }),
  writeRecord,
  retireFolder: (step) =>
    rename(`${step.resource}/redis.conf`, `${step.resource}/redis.conf.removed`),
};

const placeOf = ({ topology, node, resource }: StepOf<'setAside' | 'swapSetAside'>) => ({
  topology,
  node,
  container: resource,
});

async function keepAside(step: StepOf<'setAside'>, world: World): Promise<void> {
  const { runtime } = world;
  const { topology, node, port, cause } = step;
  const place = placeOf(step);
  const kept =
    port === null
      ? await setAside(runtime, place, cause)
      : await withServer({ node, port }, world, (server) =>
          setAsideLiving(runtime, place, cause, server, world),
        );
  if (kept !== null) world.emit({ type: 'setAside', topology, node, path: kept.path });
}

/**
 * A link from before the cut may still look open. If its upstream has another address by now, the
 * replica would notice only after repl-timeout, a minute; if not, when TCP tries again, seconds
 * later. That goes for the node's own link, and for those of its replicas.
 */
async function connectNetwork(step: StepOf<'connectNetwork'>, world: World): Promise<void> {
  const { network, resource: container, aliases, address } = step;
  await joinNetwork(world.runtime, { network, container, aliases, address });
  if (step.port === null) return;
  const server = { node: step.node, port: step.port };
  await Promise.all([
    withServer(server, world, (it) => closeLinks(it, 'master')),
    ...step.peers.map((peer) =>
      withServer(peer, world, (it) => closeLinksTo(it, [step.node, address])),
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
  const files = await confFiles(step, world, 'redis.conf', step.text + accessLines(step.access));
  const conf = files.at(-1) as FileEntry;
  if (step.over !== null) await refuseOutdated(step, step.over, world);
  await creation?.former.keepConf(runtime, step.node, step.resource, conf);
  await runtime.writeFiles(step.resource, CONF_FOLDER, files);
}

/** Somebody gave the node another role or another setting since: that would be undone unseen. */
async function refuseOutdated(
  { resource, node }: StepOf<'writeConfig'>,
  read: string,
  { runtime }: World,
): Promise<void> {
  const now = await runtime.readFile(resource, CONF_FILE);
  if (now !== null && withoutPasswords(now) === read) return;
  throw new FailedError(`the redis.conf of ${node} was changed meanwhile, and was left so`, {
    about: { code: 'configuration-changed', node },
  });
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

/** Without it a plan that is made before the next `up` knows less: no reason to keep what goes. */
async function writeRecord(step: StepOf<'writeRecord'>, world: World): Promise<void> {
  const { runtime, signal } = world;
  try {
    const seen = await listTopology(runtime, step.topology);
    const text = await recordOf(runtime, seen);
    if (seen.record !== null) await runtime.removeVolume(step.resource);
    await runtime.createVolume(step.resource, recordLabels(step.topology, text, expiryLabel(seen)));
  } catch {
    signal.throwIfAborted();
  }
}
