/** A replica's buffer on its master: how far it may grow, and what becomes of the link when it does. */
import { bytes, plural } from '../../format.js';
import { OVERFLOWED } from '../../live/sync-words.js';
import { overflows } from '../../psync/buffer.js';
import { askNode } from '../../redis/ask.js';
import type { ServerFacts } from '../../redis/info.js';
import { waitUntil } from '../../redis/wait.js';
import type { Claim, Said } from '../claim.js';
import type { Step } from '../drill.js';
import type { Stage } from '../stage.js';
import { copyOf, limitOf } from './copies.js';
import type { Flood } from './flood.js';
import { logSince, markLog, untilInStep } from './in-step.js';

const DROPPED = 'its link is closed';
const LOOP = 'one full resync after the other';
const ONE = 'one full resync, then in step';
/** One is needed after the link was closed; two more show that it ends no better. */
const ROUNDS = 3;
const WAIT_MS = 30_000;

/** What has happened on the master since a mark in its log. */
interface Events {
  readonly full: number;
  /** Links closed because of the limit. */
  readonly closed: number;
  readonly offset: number;
}

interface Before {
  readonly mark: string | undefined;
  readonly before: Events;
}

/** Of a replica that does not read any more, under a load that goes on. */
export const closing = (master: string, replica: string): Claim<Said & Before> => ({
  node: replica,
  about: `what becomes of ${replica} when it does not read`,
  foresee: async (stage) => ({
    is: DROPPED,
    because: `the limit of its buffer on ${master} is ${bytes(await limitOf(stage, master))}`,
    ...(await beforeOf(stage, master)),
  }),
  look: async (stage, before) => {
    await untilEvents(stage, master, before, ({ closed }) => closed > 0);
    return { is: DROPPED, because: 'its master says that its output buffer limit is overcome' };
  },
});

/** Of a replica that reads again, and needs a copy; the load has run long enough to know its rate. */
export const copying = (
  master: string,
  replica: string,
  { flood, loops }: { readonly flood: Flood; readonly loops: (server: ServerFacts) => boolean },
): Claim<Said & Before> => ({
  node: replica,
  about: `what becomes of ${replica} when it reads again`,
  claimed: (server) => (loops(server) ? LOOP : ONE),
  foresee: async (stage) => {
    const limit = await limitOf(stage, master);
    const { copy, seconds } = await copyOf(stage, master, flood);
    const is = overflows(copy, limit) ? LOOP : ONE;
    const where = is === LOOP ? `the limit is ${bytes(limit)}` : 'the replica keeps them';
    const because = `${bytes(copy.writtenMeanwhile)} are written in the ${seconds} s of a copy, and ${where}`;
    return { is, because, ...(await beforeOf(stage, master)) };
  },
  look: async (stage, { is, mark, before }) => {
    const looping = ({ full, closed }: Events) =>
      full - before.full >= ROUNDS && closed >= ROUNDS - 1;
    if (is === LOOP) await untilEvents(stage, master, { mark, before }, looping);
    else await untilInStep(stage, master, replica);
    const after = await eventsSince(stage, master, mark);
    const full = after.full - before.full;
    const text = eventsText(full, after.closed);
    stage.rows.push({
      'full resyncs': String(full),
      'links closed': String(after.closed),
      'written per copy': bytes((after.offset - before.offset) / Math.max(1, full)),
    });
    return { is: looping(after) ? LOOP : text === eventsText(1, 0) ? ONE : text, because: text };
  },
});

/** In step, and still so after so much more of the load. */
export const staysInStep = (replica: string, master: string, more: number): Step => ({
  kind: 'check',
  id: 'in-step',
  says: `does ${replica} come into step and stay so?`,
  nodes: [replica, master],
  run: async (stage) => {
    await untilInStep(stage, master, replica);
    const before = await beforeOf(stage, master);
    const enough = before.before.offset + more;
    const after = await untilEvents(stage, master, before, ({ offset }) => offset >= enough);
    await untilInStep(stage, master, replica);
    const expected = eventsText(0, 0);
    const seen = eventsText(after.full - before.before.full, after.closed);
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

async function beforeOf(stage: Stage, master: string): Promise<Before> {
  const mark = await markLog(stage, master);
  return { mark, before: await eventsSince(stage, master, mark) };
}

async function eventsSince(
  stage: Stage,
  master: string,
  mark: string | undefined,
): Promise<Events> {
  const log = await logSince(stage, master, mark);
  const { syncs, replication } = await askNode(stage.node(master).redis);
  const closed = log.filter((line) => OVERFLOWED.test(line)).length;
  return { full: syncs.full, closed, offset: replication.offset };
}

async function untilEvents(
  stage: Stage,
  master: string,
  { mark, before }: Before,
  wanted: (found: Events) => boolean,
): Promise<Events> {
  let seen = 'nothing yet';
  const look = async () => {
    const found = await eventsSince(stage, master, mark);
    seen = eventsText(found.full - before.full, found.closed);
    return wanted(found) ? found : undefined;
  };
  const describe = () => `what is predicted (seen: ${seen})`;
  return waitUntil(look, { ...stage.within(WAIT_MS), everyMs: 50, describe });
}

const eventsText = (full: number, closed: number): string =>
  `${plural(full, 'full resync')}, ${plural(closed, 'link')} closed`;
