/** Writes that are sent once each, and their outcomes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { count } from '../../format.js';
import { type RedisNode, ReplyError } from '../../redis/node.js';
import { waitUntil } from '../../redis/wait.js';
import type { Step } from '../drill.js';

/** Keys by outcome. */
export class Tally {
  readonly acknowledged: string[] = [];
  readonly refused: string[] = [];
  readonly unknown: string[] = [];
  /** From the first write to the last that was acknowledged. */
  acknowledgedForMs = 0;
  refusedInARow = 0;
}

export async function writeOne(redis: RedisNode, key: string, tally: Tally): Promise<void> {
  try {
    await redis.call('SET', key, key);
    tally.acknowledged.push(key);
    tally.refusedInARow = 0;
  } catch (error) {
    if (error instanceof ReplyError) tally.refusedInARow += 1;
    (error instanceof ReplyError ? tally.refused : tally.unknown).push(key);
  }
}

export const writeCounted = (to: string, writes: number, tally: Tally): Step => ({
  kind: 'write',
  says: `write ${count(writes)} keys to ${to} and count the replies`,
  nodes: [to],
  run: async (stage) => {
    for (let at = 0; at < writes; at += 1) {
      stage.signal.throwIfAborted();
      await writeOne(stage.node(to).redis, `${to}:${at}`, tally);
    }
  },
});

/** Then it doesn't take writes again. */
const REFUSALS = 50;
/** Some hundred writes a second show as much as all that it could take. */
const PACE_MS = 2;
const UNTIL_REFUSED_MS = 60_000;

/** Begins to write, and goes on while other steps run, until `untilRefused`. */
export const writeUntilRefused = (to: string, tally: Tally): Step => ({
  kind: 'write',
  says: `write to ${to} until it refuses`,
  nodes: [to],
  run: async (stage) => {
    const redis = stage.live.connect(to);
    const ended = new AbortController();
    stage.atEnd(() => ended.abort());
    stage.atEnd(redis.close);
    const started = stage.timeline.clock();
    const goOn = async () => {
      for (let at = 0; !ended.signal.aborted && tally.refusedInARow < REFUSALS; at += 1) {
        const before = tally.acknowledged.length;
        await writeOne(redis, `${to}:${at}`, tally);
        if (tally.acknowledged.length > before) {
          tally.acknowledgedForMs = stage.timeline.clock() - started;
        }
        await sleep(PACE_MS);
      }
    };
    void goOn();
  },
});

export const untilRefused = (to: string, tally: Tally): Step => ({
  kind: 'write',
  says: `until ${to} has refused ${REFUSALS} writes in a row`,
  nodes: [to],
  run: async (stage) => {
    const look = async () => (tally.refusedInARow >= REFUSALS ? true : undefined);
    const describe = () => `${to} to refuse ${REFUSALS} writes (seen: ${tally.refusedInARow})`;
    await waitUntil(look, { ...stage.within(UNTIL_REFUSED_MS), everyMs: 10, describe });
  },
});
