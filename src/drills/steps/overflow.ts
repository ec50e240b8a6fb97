/** A replica's buffer on its master: how far it may grow, and what becomes of the link when it does. */
import { bytes, plural } from '../../format.js';
import { linesAfter } from '../../live/resyncs.js';
import { bufferLimit, type Copy, overflows } from '../../psync/buffer.js';
import { askNode, configValue } from '../../redis/ask.js';
import type { ServerFacts } from '../../redis/info.js';
import { waitUntil } from '../../redis/wait.js';
import type { Step } from '../drill.js';
import { type Stage, slot } from '../stage.js';
import { FLOOD } from './flood.js';
import { checkForetold, checkRule, type Foretold, foretell } from './foretell.js';
import { readLog, untilInStep } from './resync.js';

/** What has happened on the master since the mark in its log. */
interface Tally {
  readonly full: number;
  /** Links closed because of the limit. */
  readonly closed: number;
  readonly offset: number;
}

interface Outlook {
  readonly foretold: Foretold;
  readonly mark: string | undefined;
  readonly before: Tally;
}

const OVERFLOW = slot<Outlook>('a prediction of the buffer');

const MASTER = 'redis-1';
const CLOSED = /scheduled to be closed ASAP for overcoming of output buffer limits/;
const DROPPED = 'its link is closed';
const LOOP = 'one full resync after the other';
const ONE = 'one full resync, then in step';
/** One is needed after the link was closed; two more show that it ends no better. */
const ROUNDS = 3;
const WAIT_MS = 30_000;

/** The replica will not read any more, and the load goes on. */
export const predictClosing = (replica: string): Step => ({
  kind: 'predict',
  says: `what becomes of ${replica} when it does not read?`,
  run: async (stage) => {
    const why = `the limit of its buffer on ${MASTER} is ${bytes(await limitOf(stage))}`;
    await keepOutlook(stage, foretell(stage, replica, DROPPED, why));
  },
});

export const confirmClosing: Step = {
  kind: 'check',
  says: 'does the master close the link?',
  run: async (stage) => {
    const outlook = stage.recall(OVERFLOW);
    await untilTally(stage, outlook, ({ closed }) => closed > 0);
    const claim = 'the master says that its output buffer limit is overcome';
    checkForetold(stage, outlook.foretold, { claim, seen: DROPPED });
  },
};

/** It reads again, and needs a copy; the load has run long enough to know its rate. */
export const predictLoop = (replica: string, claimed: (server: ServerFacts) => boolean): Step => ({
  kind: 'predict',
  says: `what becomes of ${replica} when it reads again?`,
  run: async (stage) => {
    const limit = await limitOf(stage);
    const { copy, seconds } = await copyOf(stage);
    const expected = overflows(copy, limit) ? LOOP : ONE;
    const where = expected === LOOP ? `the limit is ${bytes(limit)}` : 'the replica keeps them';
    const why = `${bytes(copy.writtenMeanwhile)} are written in the ${seconds} s of a copy, and ${where}`;
    const foretold = foretell(stage, replica, expected, why);
    checkRule(stage, foretold, claimed(stage.server) ? LOOP : ONE);
    await keepOutlook(stage, foretold);
  },
});

export const confirmLoop: Step = {
  kind: 'check',
  says: 'does it come into step?',
  run: async (stage) => {
    const outlook = stage.recall(OVERFLOW);
    const { before, foretold, mark } = outlook;
    const looping = ({ full, closed }: Tally) =>
      full - before.full >= ROUNDS && closed >= ROUNDS - 1;
    if (foretold.expected === LOOP) await untilTally(stage, outlook, looping);
    else await untilInStep(stage, MASTER, foretold.node);
    const after = await tally(stage, mark);
    const full = after.full - before.full;
    const text = tallyText(full, after.closed);
    const seen = looping(after) ? LOOP : text === tallyText(1, 0) ? ONE : text;
    checkForetold(stage, foretold, { claim: 'a copy ends as the rules say', seen });
    stage.rows.push({
      'full resyncs': String(full),
      'links closed': String(after.closed),
      'written per copy': bytes((after.offset - before.offset) / Math.max(1, full)),
    });
  },
};

/** In step, and still so after so much more of the load. */
export const staysInStep = (replica: string, more: number): Step => ({
  kind: 'check',
  says: `does ${replica} come into step and stay so?`,
  run: async (stage) => {
    const outlook = stage.recall(OVERFLOW);
    await untilInStep(stage, MASTER, replica);
    const then = await tally(stage, outlook.mark);
    const after = await untilTally(stage, outlook, ({ offset }) => offset >= then.offset + more);
    await untilInStep(stage, MASTER, replica);
    const expected = tallyText(0, 0);
    const seen = tallyText(after.full - then.full, after.closed - then.closed);
    stage.check({
      id: 'in-step',
      node: replica,
      verdict: seen === expected ? 'pass' : 'fail',
      claim: `in step, and while ${bytes(more)} more were written`,
      expected,
      seen,
    });
  },
});

async function keepOutlook(stage: Stage, foretold: Foretold): Promise<void> {
  const mark = (await readLog(stage, stage.node(MASTER), 1)).at(-1);
  stage.keep(OVERFLOW, { foretold, mark, before: await tally(stage, mark) });
}

async function tally(stage: Stage, mark: string | undefined): Promise<Tally> {
  const master = stage.node(MASTER);
  const log = linesAfter(await readLog(stage, master, 'all'), mark);
  const { syncs, replication } = await askNode(master.redis);
  const closed = log.filter((line) => CLOSED.test(line)).length;
  return { full: syncs.full, closed, offset: replication.offset };
}

async function untilTally(
  stage: Stage,
  { mark, before }: Outlook,
  wanted: (found: Tally) => boolean,
): Promise<Tally> {
  let seen = 'nothing yet';
  const look = async () => {
    const found = await tally(stage, mark);
    seen = tallyText(found.full - before.full, found.closed);
    return wanted(found) ? found : undefined;
  };
  const describe = () => `what is predicted (seen: ${seen})`;
  return waitUntil(look, { ...stage.within(WAIT_MS), everyMs: 50, describe });
}

const tallyText = (full: number, closed: number): string =>
  `${plural(full, 'full resync')}, ${plural(closed, 'link')} closed`;

async function limitOf(stage: Stage): Promise<number> {
  const { redis } = stage.node(MASTER);
  const limits = await configValue(redis, 'client-output-buffer-limit');
  const backlog = Number(await configValue(redis, 'repl-backlog-size'));
  return bufferLimit(stage.server, limits, backlog);
}

/** It takes `rdb-key-save-delay`, in microseconds, for each key at least. */
async function copyOf(stage: Stage): Promise<{ copy: Copy; seconds: number }> {
  const { redis } = stage.node(MASTER);
  const [keys, delay, diskless, redisChannel, valkeyChannel] = await Promise.all([
    redis.call('DBSIZE').then(Number),
    configValue(redis, 'rdb-key-save-delay').then(Number),
    configValue(redis, 'repl-diskless-sync'),
    configValue(redis, 'repl-rdb-channel'),
    configValue(redis, 'dual-channel-replication-enabled'),
  ]);
  const seconds = (keys * delay) / 1_000_000;
  const copy = {
    writtenMeanwhile: stage.recall(FLOOD).bytesPerSecond() * seconds,
    diskless: diskless === 'yes',
    ownChannel: redisChannel || valkeyChannel,
  };
  return { copy, seconds };
}
