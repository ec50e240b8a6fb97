/** Brings every server of a topology that is whole back to what `up` left, and proves it. */
import { FailedError } from '../errors.js';
import { follow, type Missing, makeAllDurable, missingText } from '../failover/promote.js';
import { discardSetAside } from '../failover/set-aside.js';
import { switchover } from '../failover/switchover.js';
import { readKeptAside } from '../live/kept-aside.js';
import { containerOf, type LiveTopology, serversOf } from '../live/live-topology.js';
import { whileRunning } from '../live/server-exit.js';
import { compareData } from '../redis/compare-data.js';
import { passBarrier, waitForLink } from '../redis/probes.js';
import {
  emptyData,
  endClients,
  forget,
  resetSettings,
  saveNothing,
} from '../redis/reset-server.js';
import { tellMoved } from './failover.js';
import { type Member, readMembers } from './reset-members.js';
import type { Run } from './run.js';

/** Clients that come back at once write into what was just emptied. */
const ATTEMPTS = 3;
const SLICE_MS = 3;

/** @param promoted whom the healing before has promoted */
export async function resetAll(live: LiveTopology, run: Run, promoted: string | null) {
  const [members, removedSetAside] = await Promise.all([readMembers(live), discardAll(live)]);
  const onAll = <T>(work: (member: Member) => Promise<T>) => Promise.all(members.map(work));
  const changed = await onAll(({ node, wish }) => resetSettings(node.redis, wish));
  const before = members.find(({ upstream }) => upstream === null);
  const leader = members.find(({ wish }) => wish.upstream === null) ?? before;
  if (before === undefined || leader === undefined) throw new FailedError('no node is a master');
  await empty(before, members);
  await moveRoles(before, leader, members, run);
  const master = leader.node.name;
  // Who was promoted and is the master no more has handed it back to whom it was before.
  if (promoted === null ? leader !== before : master === promoted) tellMoved(live, master, run);
  const toWrite = members.filter((_, i) => changed[i]).map(({ node }) => node.redis);
  refuseMissing(leader, await makeAllDurable(toWrite));
  await inSync(live, members, run);
  for (let attempt = 1; !(await isEmpty(leader, members, run)); attempt += 1) {
    if (attempt === ATTEMPTS) {
      throw new FailedError(`${live.name} is not empty: clients write while it is reset`, {
        about: { code: 'not-empty', topology: live.name },
      });
    }
    await empty(leader, members);
  }
  await onAll(({ node, wish }) => saveNothing(node.redis, wish));
  await onAll(({ node }) => forget(node.redis));
  return { keys: before.keys, master, removedSetAside };
}

/** Returns the nodes that had something. */
async function discardAll(live: LiveTopology): Promise<readonly string[]> {
  const discarded = await Promise.all(
    live.nodes.map(async (node) => {
      if ((await readKeptAside(live, node)) === null) return [];
      const place = { topology: live.name, node: node.name, container: containerOf(node) };
      await discardSetAside(live.runtime, place);
      return [node.name];
    }),
  );
  return discarded.flat();
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
      const { address } = node;
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
