/** What the configuration promised, and whether it was kept. Pure but for reading the settings. */

import { count, plural } from '../format.js';
import { configValue } from '../redis/ask.js';
import type { RedisNode } from '../redis/node.js';
import type { Verdict } from '../verify/check.js';
import type { Findings } from './checker.js';

/** What the settings in force say about acknowledged writes. */
export interface Promises {
  /** True if no acknowledged write may be lost. */
  readonly noLoss: boolean;
  /** Writes acknowledged earlier than this before the master's death may not be lost; null if no such bound. */
  readonly boundMs: number | null;
  /** In words, for the report. */
  readonly words: string;
}

/** A second above the setting: servers count lag in whole seconds, once a second. */
const LAG_SLACK_MS = 1000;
/** `appendfsync everysec` may be a second late on top of its second (redis.conf). */
const EVERYSEC_MS = 2000;

export async function readPromises(
  master: RedisNode,
  recover: 'promote' | 'sentinel' | 'restart' | 'none',
  wait: number,
): Promise<Promises> {
  const setting = (name: string) => configValue(master, name);
  if (recover === 'restart') {
    return (await setting('appendonly')) === 'yes'
      ? appendOnlyPromise(await setting('appendfsync'))
      : {
          noLoss: false,
          boundMs: null,
          words: 'without an AOF a restart loses what the last RDB does not hold',
        };
  }
  if (wait > 0) {
    const words = `WAIT ${wait}: an acknowledged write is on a replica, and the furthest one is promoted`;
    return { noLoss: true, boundMs: null, words };
  }
  const [least, lag] = [
    Number(await setting('min-replicas-to-write')),
    Number(await setting('min-replicas-max-lag')),
  ];
  if (least > 0 && lag > 0) {
    const words = `min-replicas-to-write ${least} bounds the loss to about ${lag} s of writes, not to zero`;
    return { noLoss: false, boundMs: lag * 1000 + LAG_SLACK_MS, words };
  }
  return {
    noLoss: false,
    boundMs: null,
    words: 'asynchronous replication promises nothing: what no replica has yet is lost',
  };
}

function appendOnlyPromise(fsync: string): Promises {
  if (fsync === 'always') {
    return {
      noLoss: true,
      boundMs: null,
      words: 'appendfsync always: an acknowledged write is on disk',
    };
  }
  if (fsync === 'everysec') {
    const words =
      'appendfsync everysec bounds the loss of a crashed machine to about 2 s of writes';
    return { noLoss: false, boundMs: EVERYSEC_MS, words };
  }
  return {
    noLoss: false,
    boundMs: null,
    words: 'appendfsync no leaves it to the system when writes reach the disk',
  };
}

export interface Judgement {
  readonly verdict: Verdict;
  /** Why, one sentence each; the first says the most. */
  readonly reasons: readonly string[];
}

export interface Evidence {
  readonly findings: Findings;
  readonly promises: Promises;
  readonly maxLoss: number | null;
  readonly deathMs: number;
  /** What was found wrong apart from the writes: two masters, nodes that differ, a full resync. */
  readonly defects: readonly string[];
  /** False if no survivor could be read. */
  readonly readable: boolean;
}

export function judge(evidence: Evidence): Judgement {
  const { findings, maxLoss, readable } = evidence;
  const { writes } = findings;
  const errors = [...evidence.defects, ...errorsOf(findings)];
  const loss = lossSentence(findings);
  if (errors.length > 0) return { verdict: 'fail', reasons: readable ? [...errors, loss] : errors };
  if (!readable) return { verdict: 'unknown', reasons: ['nothing could be read back'] };
  if (writes.acknowledged === 0) {
    return { verdict: 'unknown', reasons: ['no write was acknowledged'] };
  }
  if (maxLoss !== null && writes.lost > maxLoss) {
    return { verdict: 'fail', reasons: [`${loss}; at most ${count(maxLoss)} may be lost`] };
  }
  const broken = maxLoss === null ? brokenPromise(evidence) : null;
  return broken === null
    ? { verdict: 'pass', reasons: [loss, evidence.promises.words] }
    : { verdict: 'fail', reasons: [broken, loss, evidence.promises.words] };
}

function errorsOf({ writes, lostBeforeCut, lostAfterDeath }: Findings): string[] {
  const errors: string[] = [];
  if ((lostBeforeCut ?? 0) > 0) {
    errors.push(
      `a defect, not expected loss: ${plural(lostBeforeCut ?? 0, 'write')} lost before the cut, which the survivor once had`,
    );
  }
  if (lostAfterDeath > 0) {
    errors.push(
      `a defect, not expected loss: ${plural(lostAfterDeath, 'write')} lost that the survivor itself had acknowledged`,
    );
  }
  if (writes.resurrected > 0) errors.push(`${plural(writes.resurrected, 'refused write')} present`);
  if (writes.duplicates > 0)
    errors.push(`${plural(writes.duplicates, 'duplicate or foreign element')}`);
  return errors;
}

function lossSentence({ writes, lostBeyondCut }: Findings): string {
  const of = `of ${plural(writes.acknowledged, 'acknowledged write')}`;
  if (writes.lost === 0) return `lost 0 ${of}`;
  const lost = `LOST ${count(writes.lost)} ${of}`;
  if (lostBeyondCut === null) return lost;
  return lostBeyondCut === writes.lost
    ? `${lost}, all beyond the cut`
    : `${lost}, ${count(lostBeyondCut)} beyond the cut`;
}

function brokenPromise({ findings, promises, deathMs }: Evidence): string | null {
  const { lost } = findings.writes;
  if (lost === 0) return null;
  if (promises.noLoss) return `a promise was broken: ${plural(lost, 'write')} lost in spite of it`;
  if (promises.boundMs === null || findings.firstLostMs === null) return null;
  const age = deathMs - findings.firstLostMs;
  return age <= promises.boundMs
    ? null
    : `a promise was broken: a write acknowledged ${Math.round(age)} ms before the death is lost`;
}
