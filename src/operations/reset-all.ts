/** Brings every server of a topology that is whole back to what `up` left, and proves it. */
import { loginSettings, usersOf } from '../access/conf-lines.js';
import { upstreamIn } from '../config/upstream.js';
import { recordIn } from '../config/wish-record.js';
import { readMountedConfigs } from '../docker/observe.js';
import { FailedError } from '../errors.js';
import { follow, type Missing, makeAllDurable, missingText } from '../failover/promote.js';
import { switchover } from '../failover/switchover.js';
import { containerOf, type LiveNode, type LiveTopology, serversOf } from '../live/live-topology.js';
import { referenceSettings } from '../live/reference-settings.js';
import { whileRunning } from '../live/server-exit.js';
import { askNode } from '../redis/ask.js';
import { compareData } from '../redis/compare-data.js';
import { keyCount } from '../redis/info.js';
import { passBarrier, waitForLink } from '../redis/probes.js';
import {
  emptyData,
  endClients,
  forget,
  type Pristine,
  resetSettings,
  saveNothing,
} from '../redis/reset-server.js';
import type { Run } from './run.js';

interface Member {
  readonly node: LiveNode;
  /** Whom it replicates from now; null for the master. */
  readonly upstream: string | null;
  readonly keys: number;
  readonly wish: Pristine & { readonly upstream: string | null };
}

/** Clients that come back at once write into what was just emptied. */
const ATTEMPTS = 3;
const SLICE_MS = 3;
/** What stands in every redis.conf and nobody may ask for otherwise. */
const ALWAYS = [['protected-mode', 'no']] as const;

/** Returns how many keys the master had. */
export async function resetAll(live: LiveTopology, run: Run): Promise<number> {
  const configs = await readMountedConfigs(live.runtime, live.observed.nodes);
  const members = await Promise.all(
    live.nodes.map((node) => memberOf(live, node, configs.get(node.name) ?? '')),
  );
  const onAll = <T>(work: (member: Member) => Promise<T>) => Promise.all(members.map(work));
  const changed = await onAll(({ node, wish }) => resetSettings(node.redis, wish));
  const before = members.find(({ upstream }) => upstream === null);
  const leader = members.find(({ wish }) => wish.upstream === null) ?? before;
  if (before === undefined || leader === undefined) throw new FailedError('no node is a master');
  await empty(before, members);
  await moveRoles(before, leader, members, run);
  const toWrite = members.filter((_, i) => changed[i]).map(({ node }) => node.redis);
  refuseMissing(leader, await makeAllDurable(toWrite));
  await inSync(live, members, run);
  for (let attempt = 1; !(await isEmpty(leader, members, run)); attempt += 1) {
    if (attempt === ATTEMPTS) {
      throw new FailedError(`${live.name} is not empty: clients write while it is reset`, {
        hint: 'end what writes to it first',
      });
    }
    await empty(leader, members);
  }
  await onAll(({ node, wish }) => saveNothing(node.redis, wish));
  await onAll(({ node }) => forget(node.redis));
  return before.keys;
}

async function memberOf(live: LiveTopology, node: LiveNode, conf: string): Promise<Member> {
  const { directives, upstream = upstreamIn(conf) } = recordIn(conf);
  const { container } = node.observed;
  if (container === null) throw new FailedError(`${containerOf(node)} is gone`);
  const [reference, { replication, databases }] = await Promise.all([
    referenceSettings(live.runtime, container, directives),
    askNode(node.redis),
  ]);
  const settings = new Map([...reference, ...ALWAYS, ...loginSettings(live.access)]);
  return {
    node,
    upstream: replication.link?.host ?? null,
    keys: keyCount(databases),
    wish: { settings, users: usersOf(live.access), upstream },
  };
}

async function empty(master: Member, members: readonly Member[]): Promise<void> {
  await Promise.all(members.map(({ node }) => endClients(node.redis)));
  await emptyData(master.node.redis);
}

/** There is nothing to lose any more, but a switchover also leaves the links as they are. */
async function moveRoles(before: Member, leader: Member, members: readonly Member[], run: Run) {
  const others = members.filter((it) => it !== before && it !== leader);
  if (leader !== before) {
    const { missing } = await switchover({
      master: before.node.redis,
      next: leader.node.redis,
      others: others.map(({ node }) => node.redis),
      ...run,
    });
    refuseMissing(leader, missing);
  }
  const upstreamOf = ({ upstream }: Member) => (leader === before ? upstream : leader.node.name);
  const astray = [before, ...others].filter(
    (it) => it !== leader && it.wish.upstream !== null && it.wish.upstream !== upstreamOf(it),
  );
  await Promise.all(astray.map(({ node, wish }) => follow(node.redis, wish.upstream ?? '')));
  refuseMissing(leader, await makeAllDurable(astray.map(({ node }) => node.redis)));
}

function refuseMissing({ node }: Member, missing: readonly Missing[]): void {
  if (missing.length > 0) throw new FailedError(missingText(node.name, missing));
}

/** As both sides of each link see it. */
async function inSync(live: LiveTopology, members: readonly Member[], run: Run): Promise<void> {
  await Promise.all(
    members.map(async ({ node, wish }) => {
      const upstream = members.find((it) => it.node.name === wish.upstream)?.node;
      if (upstream === undefined) return;
      const { address } = node.observed;
      const addresses = address === null ? [] : [address];
      await whileRunning(live.runtime, serversOf(upstream, node), run, async (limits) => {
        await waitForLink(upstream.redis, node.redis, { ...limits, addresses });
        await passBarrier(upstream.redis, node.redis, limits);
      });
    }),
  );
}

/** By digest, at one offset of the stream. */
async function isEmpty(leader: Member, members: readonly Member[], run: Run): Promise<boolean> {
  const others = members.filter((it) => it !== leader).map(({ node }) => node.redis);
  const options = { ...run, sliceMs: SLICE_MS, limit: 1 };
  const { keys, comparisons } = await compareData(leader.node.redis, others, options);
  const differs = comparisons.map((it) => {
    if (it.status === 'rejected') throw it.reason;
    return it.value.different.length + it.value.undecided.length > 0;
  });
  return keys === 0 && !differs.includes(true);
}
