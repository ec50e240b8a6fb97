/** How the steps about sentinels are carried out. */
import {
  SENTINEL_USER,
  sentinelAccessLines,
  sentinelLogin,
  sentinelLoginIn,
  sentinelRules,
} from '../access/conf-lines.js';
import { changedConf } from '../config/config-change.js';
import { withSentinelRecord } from '../config/sentinel-conf.js';
import { CONF_FOLDER, containerName, SENTINEL_CONF_FILE } from '../docker/names.js';
import { rewriteConf } from '../failover/mounted-conf.js';
import { type Missing, makeDurable } from '../failover/promote.js';
import { type SentinelLink, settleSentinels } from '../failover/settle-sentinels.js';
import { tellSentinels } from '../failover/tell-sentinels.js';
import { whileRunning } from '../live/server-exit.js';
import type { SentinelMember, StepOf } from '../plan/plan.js';
import { askReplication } from '../redis/ask.js';
import { type RedisNode, ReplyError } from '../redis/node.js';
import { askSentinel, monitorAnew, setSettings } from '../redis/sentinel.js';
import { type Limits, waitUntil } from '../redis/wait.js';
import { REDIS_PORT } from '../topology/topology.js';
import { confFiles } from './conf-files.js';
import { withServer } from './with-server.js';
import type { World } from './world.js';

const sentinelAt = ({ node, port }: { readonly node: string; readonly port: number }) =>
  ({ node, port, as: 'sentinel' }) as const;

type Placed = StepOf<'waitSettled'>['sentinels'][number];

/** A connection to each of them, for as long as the work lasts. */
async function withSentinels<T>(
  places: readonly Placed[],
  world: World,
  work: (sentinels: readonly SentinelLink[]) => Promise<T>,
): Promise<T> {
  const sentinels = places.map((it) => ({
    ...it,
    redis: world.connect(it.node, it.publishedPort, 'sentinel'),
  }));
  try {
    return await work(sentinels);
  } finally {
    for (const { redis } of sentinels) redis.close();
  }
}

const answering = ({ sentinels }: { readonly sentinels: readonly SentinelMember[] }) =>
  sentinels.filter(({ answers }) => answers);

export async function writeSentinelConf(
  step: StepOf<'writeSentinelConf'>,
  world: World,
): Promise<void> {
  const content = step.text + sentinelAccessLines(step.access);
  const files = await confFiles(step, world, 'sentinel.conf', content);
  await world.runtime.writeFiles(step.resource, CONF_FOLDER, files);
}

/** What it keeps itself it writes anew after that: its file must not be older than it is. */
export async function changeSentinelConf(
  { resource, changes, record, node, port }: StepOf<'changeSentinelConf'>,
  world: World,
): Promise<void> {
  const rewrite = (text: string) =>
    withSentinelRecord(changedConf(text, changes, record.directives), record);
  await rewriteConf(world.runtime, resource, rewrite, 'sentinel.conf');
  if (port === null) return;
  await withServer(sentinelAt({ node, port }), world, (sentinel) =>
    sentinel.call('SENTINEL', 'FLUSHCONFIG'),
  );
}

/** Before 6.2 there are no rights on channels, and no word for them. */
export const grantSentinels = (step: StepOf<'grantSentinels'>, world: World): Promise<void> =>
  withServer(step, world, async (server) => {
    const grant = (channels: boolean) =>
      server.call('ACL', 'SETUSER', SENTINEL_USER, ...sentinelRules(step.login, channels));
    await grant(true).catch((error) => {
      if (!(error instanceof ReplyError)) throw error;
      return grant(false);
    });
    await makeDurable(server);
  });

export const monitor = (step: StepOf<'monitor'>, world: World): Promise<void> =>
  withServer(sentinelAt(step), world, (sentinel) => {
    const { monitoring, access } = step;
    const settings = [...sentinelLogin(access), ...monitoring.settings];
    return monitorAnew(sentinel, { ...monitoring, settings });
  });

export const setSentinel = (step: StepOf<'setSentinel'>, world: World): Promise<void> =>
  withServer(sentinelAt(step), world, (sentinel) =>
    setSettings(sentinel, step.topology, step.settings),
  );

export async function waitSettled(step: StepOf<'waitSettled'>, world: World): Promise<void> {
  const { topology, watched, names } = step;
  const onProgress = (text: string) => world.emit({ type: 'progress', step, text });
  const servers = step.sentinels.map(({ node }) => ({
    node,
    container: containerName(topology, node),
  }));
  await withSentinels(step.sentinels, world, (sentinels) =>
    whileRunning(world.runtime, servers, world, (limits) =>
      settleSentinels({ topology, sentinels, watched, names, onProgress, ...limits }),
    ),
  );
}

const LOOK_MS = 100;

export async function awaitElection(step: StepOf<'awaitElection'>, world: World): Promise<void> {
  let seen = 'nothing yet';
  const look = async (sentinels: readonly SentinelLink[]) => {
    const all = await Promise.all(sentinels.map(({ redis }) => askSentinel(redis, step.topology)));
    const hosts = new Set(all.map(({ master }) => master?.host ?? ''));
    const [host] = hosts;
    const server = step.servers.find((it) => it.host === host);
    seen = step.servers
      .filter((it) => hosts.has(it.host))
      .map(({ node }) => node)
      .join(' and ');
    if (hosts.size > 1 || server === undefined) return undefined;
    const { role } = await withServer(server, world, askReplication);
    seen += role === 'master' ? '' : ', which is no master';
    return role === 'master' ? true : undefined;
  };
  const describe = () => `the sentinels to elect a master (they name ${seen})`;
  await withSentinels(answering(step), world, (sentinels) =>
    waitUntil(() => look(sentinels), { ...world, everyMs: LOOK_MS, describe }),
  );
}

/** One of them may be down. */
const FOLLOWED_MS = 3000;

async function untilFollowed(server: RedisNode, replicas: number, limits: Limits): Promise<void> {
  const until = performance.now() + FOLLOWED_MS;
  const look = async () => {
    const online = (await askReplication(server)).replicas.filter((it) => it.state === 'online');
    return online.length >= replicas || performance.now() > until || undefined;
  };
  const describe = () => `${replicas} replicas to follow ${server.name}`;
  await waitUntil(look, { ...limits, everyMs: LOOK_MS, describe });
}

/** Tells the sentinels that answer of the step's node, which is a master by now; returns those that could not be told. */
export async function tellOf(
  step: StepOf<'switchover' | 'tellSentinels'>,
  limits: Limits,
  world: World,
): Promise<readonly Missing[]> {
  const { topology, sentinels: known, host } = step;
  const master = { host, port: REDIS_PORT };
  const prepareAnew = async (sentinel: string, replicas: number) => {
    await withServer(step, world, (server) => untilFollowed(server, replicas, limits));
    const container = containerName(topology, sentinel);
    return sentinelLoginIn((await world.runtime.readFile(container, SENTINEL_CONF_FILE)) ?? '');
  };
  return withSentinels(answering(step), world, (sentinels) =>
    tellSentinels({ topology, sentinels, known, master, prepareAnew, ...limits }),
  );
}
