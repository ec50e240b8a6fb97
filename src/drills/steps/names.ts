/** Sentinels that know the master by its name, and what becomes of them when nobody can look that up. */
import { sentinelLogin } from '../../access/conf-lines.js';
import { replicationNetworkName } from '../../docker/names.js';
import { subnetOf } from '../../docker/topologies.js';
import type { Failure } from '../../election/facts.js';
import { FailedError } from '../../errors.js';
import { rewriteConf } from '../../failover/mounted-conf.js';
import { containerOf } from '../../live/live-topology.js';
import { atLeast } from '../../psync/version.js';
import type { ServerFacts } from '../../redis/info.js';
import { askSentinel, monitorAnew, settingsIn } from '../../redis/sentinel.js';
import { waitUntil } from '../../redis/wait.js';
import { addressIn } from '../../topology/subnets.js';
import { REDIS_PORT } from '../../topology/topology.js';
import type { Claim } from '../claim.js';
import type { Step } from '../drill.js';
import type { Stage } from '../stage.js';
import type { Failover } from './election.js';
import { readLog } from './in-step.js';
import { kill, start } from './nodes.js';

/**
 * Whether a sentinel looks a name up again as it dials that server again, and does nothing else until
 * it has an answer (`sentinelReconnectInstance`, `createSentinelAddr`). 6.0 looks it up once.
 */
export const looksUpAgain = (server: ServerFacts): boolean => atLeast(server, 7);

/** As it is for the elections' rules: sentinels that look up a name that nobody answers hang, all at once. */
export const killedUnnamed =
  (master: string, sentinels: readonly string[]) =>
  (server: ServerFacts): readonly Failure[] => [
    { how: 'kill', nodes: [master] },
    ...(looksUpAgain(server) ? [{ how: 'hang', nodes: sentinels } as const] : []),
  ];

/** Before 7.0 a name may stand in the file alone, and nobody is forgotten. */
export const monitorByName = (sentinels: readonly string[], master: string): Step => ({
  kind: 'repair',
  says: `${sentinels.join(', ')} monitor ${master} by its name`,
  nodes: [...sentinels, master],
  run: async (stage) => {
    const told = looksUpAgain(stage.server) ? tellName : writeName;
    await Promise.all(sentinels.map((name) => told(stage, name, master)));
  },
});

async function tellName(stage: Stage, sentinel: string, host: string): Promise<void> {
  const { name, access } = stage.live;
  const { redis } = stage.node(sentinel);
  const { master } = await askSentinel(redis, name);
  if (master === null) throw new FailedError(`${sentinel} monitors no master ${name}`);
  await redis.call('SENTINEL', 'CONFIG', 'SET', 'resolve-hostnames', 'yes');
  await monitorAnew(redis, {
    name,
    master: { host, port: REDIS_PORT },
    quorum: master.quorum,
    settings: [...sentinelLogin(access), ...settingsIn(master)],
  });
}

async function writeName(stage: Stage, sentinel: string, host: string): Promise<void> {
  const { name, runtime } = stage.live;
  const named = (conf: string) =>
    conf.replace(new RegExp(`^(sentinel monitor ${name}) \\S+`, 'm'), `$1 ${host}`);
  await kill(sentinel).run(stage);
  await rewriteConf(runtime, containerOf(stage.node(sentinel)), named, 'sentinel.conf');
  await start(sentinel).run(stage);
}

const EXEC_MS = 10_000;
/** No node has it: who asks there is not even refused. */
const NOBODYS_HOST = 254;

/** Their containers ask a resolver that is not there. */
export const loseNames = (sentinels: readonly string[]): Step => ({
  kind: 'fault',
  says: `${sentinels.join(', ')} can look no name up`,
  nodes: sentinels,
  run: async (stage) => {
    const { name, networks, runtime } = stage.live;
    const subnet = subnetOf(networks, replicationNetworkName(name));
    if (subnet === null) throw new FailedError('the drill has no subnet of its own');
    const write = `echo nameserver ${addressIn(subnet, NOBODYS_HOST)} >/etc/resolv.conf`;
    for (const sentinel of sentinels) {
      const container = containerOf(stage.node(sentinel));
      const { exitCode, stderr } = await runtime.exec(
        container,
        ['sh', '-c', write],
        EXEC_MS,
        'root',
      );
      if (exitCode !== 0) throw new FailedError(`${sentinel}: ${stderr.trim()}`);
    }
  },
});

const TILT_MS = 30_000;

/** How many of the sentinels notice that they hung, before one of them promotes a replica. */
export const tiltByLookUp = (sentinels: readonly string[], failover: Failover): Claim => ({
  node: failover.master,
  about: 'how many sentinels hang as they look its name up, and then are in TILT',
  id: 'look-up',
  foresee: async ({ server }) =>
    looksUpAgain(server)
      ? { is: `${sentinels.length} in TILT`, because: 'nobody answers who dials it again' }
      : { is: '0 in TILT', because: 'they looked its name up once, and have its address' },
  look: async (stage) => {
    let tilted = 0;
    const look = async () => {
      const logs = await Promise.all(
        sentinels.map((name) => readLog(stage, stage.node(name), 'all')),
      );
      tilted = logs.filter((lines) => lines.some((line) => line.includes('+tilt'))).length;
      return tilted === sentinels.length || failover.watch.seen.promoted !== null || undefined;
    };
    const describe = () => 'the sentinels to be in TILT or to promote a replica';
    await waitUntil(look, { ...stage.within(TILT_MS), everyMs: 100, describe });
    return { is: `${tilted} in TILT` };
  },
});
