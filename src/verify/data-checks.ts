/** What replication is for: writes arrive everywhere, nowhere else can be written, data are equal. */

import { randomUUID } from 'node:crypto';
import { DeadlineError } from '../errors.js';
import { duration, plural } from '../format.js';
import { type Compared, type Comparison, compareData } from '../redis/compare-data.js';
import { ReplyError } from '../redis/node.js';
import { passBarrier } from '../redis/probes.js';
import { waitUntil } from '../redis/wait.js';
import { type CheckResult, type Claim, type Finding, finding, runCheck } from './check.js';
import {
  type CheckedNode,
  type CheckRun,
  checkInTime,
  each,
  outOfTime,
  unanswered,
} from './check-run.js';

const PROBE: Claim = { id: 'probe', claim: 'a write to the master is read from the replica' };
const PROBE_DELETED: Claim = {
  id: 'probe-deleted',
  claim: 'its deletion arrives too, so the data are left as they were',
};
const OFFSET: Claim = {
  id: 'offset',
  claim: 'the replica reaches the offset that the master had after the write',
};
const READ_ONLY: Claim = { id: 'read-only', claim: 'a write to the replica is refused' };
const DATA: Claim = {
  id: 'data',
  claim: "the replica's data are the master's, by digest, in every database",
};

export const PROBES = [PROBE, OFFSET, PROBE_DELETED, DATA];

/** How long a write may take to arrive before it counts as missing. */
const ARRIVAL_MS = 5000;
/** Should rrepl die between the probe and its deletion, Redis deletes it. */
const PROBE_TTL_MS = 60_000;

const GONE = 'the key is gone';

/** One probe for all replicas: written, awaited, deleted, awaited. */
export async function probe(run: CheckRun, master: CheckedNode): Promise<CheckResult[]> {
  const key = `rrepl:probe:${randomUUID()}`;
  const written = await attempt(() => master.redis.call('SET', key, key, 'PX', PROBE_TTL_MS));
  const [arrivals, offsets] = await Promise.all([
    each(run, PROBE, (node) => arrival(run, node, key, key, written)),
    each(run, OFFSET, (node) => barrier(run, master, node)),
  ]);
  const deleted = await attempt(() => master.redis.call('DEL', key));
  const deletions = await each(run, PROBE_DELETED, async (node) => {
    const came = arrivals.find((check) => check.node === node.name)?.verdict === 'pass';
    // Where the key never was, its absence proves nothing.
    if (!came) return finding('unknown', GONE, 'the key had not arrived');
    return arrival(run, node, key, null, deleted);
  });
  return [...arrivals, ...offsets, ...deletions];
}

type Attempt = { readonly at: number } | { readonly refused: string };

async function attempt(write: () => Promise<unknown>): Promise<Attempt> {
  try {
    const at = performance.now();
    await write();
    return { at };
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
}

/** The latency is from sending the write to the first read that sees it. */
async function arrival(
  run: CheckRun,
  node: CheckedNode,
  key: string,
  value: string | null,
  write: Attempt,
) {
  const expected = value === null ? GONE : 'the written value';
  if ('refused' in write)
    return finding('unknown', expected, `the master refused: ${write.refused}`);
  const read = async () => ((await node.redis.call('GET', key)) === value ? true : undefined);
  return checkInTime(run, { ms: ARRIVAL_MS, expected }, async (limits) => {
    await waitUntil(read, { ...limits, everyMs: 1, describe: () => expected });
    return finding('pass', expected, `after ${duration(performance.now() - write.at)}`);
  });
}

const barrier = (run: CheckRun, master: CheckedNode, node: CheckedNode) =>
  checkInTime(run, { ms: ARRIVAL_MS, expected: "the master's offset" }, async (limits) => {
    const { offset, waitedMs } = await passBarrier(master.redis, node.redis, limits);
    return finding('pass', `offset ${offset}`, `reached after ${duration(waitedMs)}`);
  });

/** A write that is accepted is taken back at once, and is the failure. */
export function readOnly(run: CheckRun, node: CheckedNode) {
  return runCheck(READ_ONLY, node.name, run.signal, async () => {
    const silent = unanswered(node);
    if (silent) return silent;
    const key = `rrepl:probe:${randomUUID()}`;
    try {
      await node.redis.call('SET', key, '1', 'PX', PROBE_TTL_MS);
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      return finding(error.replyCode === 'READONLY' ? 'pass' : 'unknown', 'READONLY', error.reply);
    }
    await node.redis.call('DEL', key);
    return finding('fail', 'READONLY', 'the write was accepted');
  });
}

/** Of its processor. With others at work on the machine, it lasts longer. */
const DIGEST_SLICE_MS = 3;
const NAMED_KEYS = 5;

const SAME_DATA = 'the same data';

/** The master is read once, for all replicas. */
export async function data(run: CheckRun, master: CheckedNode): Promise<CheckResult[]> {
  const { deadline, signal } = run;
  const options = { deadline, signal, sliceMs: DIGEST_SLICE_MS, limit: NAMED_KEYS };
  const others = run.replicas.filter((node) => unanswered(node) === null);
  const comparing = compareData(
    master.redis,
    others.map(({ redis }) => redis),
    options,
  );
  // Each replica's check says why it failed; there may be none.
  await comparing.catch(() => {});
  return each(run, DATA, async (node) => {
    const compared = await comparing;
    const comparison = compared.comparisons[others.indexOf(node)];
    if (comparison?.status === 'fulfilled') {
      return dataFinding(comparison.value, compared, [master, node]);
    }
    if (!(comparison?.reason instanceof DeadlineError)) throw comparison?.reason;
    return outOfTime(run, SAME_DATA, comparison.reason);
  });
}

function dataFinding(
  { different, undecided, unknownTypes, notCompared }: Comparison,
  { databases, keys: count }: Compared,
  [master, node]: readonly [CheckedNode, CheckedNode],
): Finding {
  const words = {
    differs: 'differs',
    expiry: 'another expiry',
    'only on the first': `only on ${master.name}`,
    'only on the second': `only on ${node.name}`,
  };
  if (different.length > 0) {
    const keys = different.map(({ what, ...key }) => ({ ...key, words: words[what] }));
    return finding('fail', SAME_DATA, byDatabase(keys));
  }
  if (undecided.length > 0) {
    const keys = undecided.slice(0, NAMED_KEYS).map(({ why, ...key }) => ({ ...key, words: why }));
    const more = undecided.length - keys.length;
    const rest = more > 0 ? `; and ${plural(more, 'more key', 'more keys')}` : '';
    const seen = `not decided before the deadline: ${byDatabase(keys)}${rest}`;
    return finding('unknown', SAME_DATA, seen);
  }
  const seen = `${plural(count, 'key')} in ${plural(databases, 'database')}`;
  const left = [...unknownTypes.map((type) => `the content of ${type} keys`), ...notCompared];
  return finding(
    unknownTypes.length === 0 ? 'pass' : 'unknown',
    SAME_DATA,
    left.length === 0 ? seen : `${seen}; not compared: ${left.join(', ')}`,
  );
}

interface KeyInWords {
  readonly db: number;
  readonly name: string;
  readonly words: string;
}

/** `database 0: a (differs), b (only on redis-2); database 3: c (differs)` */
function byDatabase(keys: readonly KeyInWords[]): string {
  return [...new Set(keys.map(({ db }) => db))]
    .map((db) => {
      const named = keys.filter((key) => key.db === db).map((it) => `${it.name} (${it.words})`);
      return `database ${db}: ${named.join(', ')}`;
    })
    .join('; ');
}
