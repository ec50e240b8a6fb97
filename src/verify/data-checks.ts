/** What replication is for: writes arrive everywhere, nowhere else can be written, data are equal. */

import { randomUUID } from 'node:crypto';
import { duration, plural } from '../format.js';
import { findDifferingKeys } from '../redis/differing-keys.js';
import { compareDigests, type DatasetDigest, datasetDigest } from '../redis/digest.js';
import { keyCount } from '../redis/info.js';
import { type RedisNode, ReplyError } from '../redis/node.js';
import { passBarrier } from '../redis/probes.js';
import { waitUntil } from '../redis/wait.js';
import { type CheckResult, type Claim, finding, runCheck } from './check.js';
import { outOfTime, type Subject, type SubjectNode, unanswered } from './subject.js';

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

/** How long a write may take to arrive before it counts as missing. */
const ARRIVAL_MS = 5000;
/** Should rrepl die between the probe and its deletion, Redis deletes it. */
const PROBE_TTL_MS = 60_000;

const GONE = 'the key is gone';

/** One probe for all replicas: written, awaited, deleted, awaited. */
export async function probe(subject: Subject, master: SubjectNode): Promise<CheckResult[]> {
  const key = `rrepl:probe:${randomUUID()}`;
  const written = await attempt(() => master.redis.call('SET', key, key, 'PX', PROBE_TTL_MS));
  const [arrivals, offsets] = await Promise.all([
    each(subject, PROBE, (node) => arrival(subject, node, key, key, written)),
    each(subject, OFFSET, (node) => barrier(subject, master, node)),
  ]);
  const deleted = await attempt(() => master.redis.call('DEL', key));
  const deletions = await each(subject, PROBE_DELETED, async (node) => {
    const came = arrivals.find((check) => check.node === node.name)?.verdict === 'pass';
    // Where the key never was, its absence proves nothing.
    if (!came) return finding('unknown', GONE, 'the key had not arrived');
    return arrival(subject, node, key, null, deleted);
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

const each = (
  subject: Subject,
  claim: Claim,
  look: (node: SubjectNode) => Promise<ReturnType<typeof finding>>,
): Promise<CheckResult[]> =>
  Promise.all(
    subject.replicas.map((node) =>
      runCheck(claim, node.name, subject.signal, async () => unanswered(node) ?? look(node)),
    ),
  );

/** The latency is from sending the write to the first read that sees it. */
async function arrival(
  subject: Subject,
  node: SubjectNode,
  key: string,
  value: string | null,
  write: Attempt,
) {
  const expected = value === null ? GONE : 'the written value';
  if ('refused' in write)
    return finding('unknown', expected, `the master refused: ${write.refused}`);
  const { deadline, signal } = subject.within(ARRIVAL_MS);
  const read = async () => ((await node.redis.call('GET', key)) === value ? true : undefined);
  try {
    await waitUntil(read, { deadline, signal, everyMs: 1, describe: () => expected });
    return finding('pass', expected, `after ${duration(performance.now() - write.at)}`);
  } catch (error) {
    signal.throwIfAborted();
    return outOfTime(subject, expected, error);
  }
}

async function barrier(subject: Subject, master: SubjectNode, node: SubjectNode) {
  const { deadline, signal } = subject.within(ARRIVAL_MS);
  const expected = "the master's offset";
  try {
    const { offset, waitedMs } = await passBarrier(master.redis, node.redis, { deadline, signal });
    return finding('pass', `offset ${offset}`, `reached after ${duration(waitedMs)}`);
  } catch (error) {
    signal.throwIfAborted();
    return outOfTime(subject, expected, error);
  }
}

/** A write that is accepted is taken back at once, and is the failure. */
export function readOnly(subject: Subject, node: SubjectNode) {
  return runCheck(READ_ONLY, node.name, subject.signal, async () => {
    const silent = unanswered(node);
    if (silent) return silent;
    const key = `rrepl:probe:${randomUUID()}`;
    try {
      await node.redis.call('SET', key, '1', 'PX', PROBE_TTL_MS);
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      return finding(error.code === 'READONLY' ? 'pass' : 'unknown', 'READONLY', error.reply);
    }
    await node.redis.call('DEL', key);
    return finding('fail', 'READONLY', 'the write was accepted');
  });
}

const DIGEST_SLICE_MS = 10;
const NAMED_KEYS = 5;

/** Digests compare only while nothing is written: the master's is taken before and after. */
export async function data(subject: Subject, master: SubjectNode): Promise<CheckResult[]> {
  const { deadline, signal } = subject;
  const digest = (redis: RedisNode) =>
    datasetDigest(redis, { deadline, signal, sliceMs: DIGEST_SLICE_MS });
  const expected = 'the same digest';
  const before = await settle(digest(master.redis));
  const digests = new Map<string, Settled<DatasetDigest>>();
  for (const node of subject.replicas.filter((it) => unanswered(it) === null)) {
    digests.set(node.name, await settle(digest(node.redis)));
  }
  const after = await settle(digest(master.redis));
  return each(subject, DATA, async (node) => {
    const first = unwrap(before);
    const theirs = unwrap(digests.get(node.name) ?? before);
    const difference = compareDigests(first, theirs);
    if (difference === undefined) return sameData(first);
    if (compareDigests(first, unwrap(after))) {
      return finding(
        'unknown',
        expected,
        'the master is being written: stop the writers and verify again',
      );
    }
    const { db } = difference;
    const keys = await findDifferingKeys(master.redis, node.redis, db, NAMED_KEYS, {
      deadline,
      signal,
      sliceMs: DIGEST_SLICE_MS,
    });
    const words = {
      differs: 'differs',
      'only on the first': `only on ${master.name}`,
      'only on the second': `only on ${node.name}`,
    };
    const named = keys.map(({ name, what }) => `${name} (${words[what]})`).join(', ');
    return finding('fail', expected, `database ${db}: ${named}`);
  });
}

function sameData({ databases, unknownTypes }: DatasetDigest) {
  const keys = keyCount(databases);
  const seen = `${plural(keys, 'key')} in ${plural(databases.size, 'database')}`;
  return unknownTypes.length === 0
    ? finding('pass', 'the same digest', seen)
    : finding(
        'unknown',
        'the same digest',
        `${seen}, but not compared: ${unknownTypes.join(', ')}`,
      );
}

type Settled<T> = { readonly value: T } | { readonly error: unknown };

const settle = <T>(promise: Promise<T>): Promise<Settled<T>> =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );

function unwrap<T>(settled: Settled<T>): T {
  if ('error' in settled) throw settled.error;
  return settled.value;
}
