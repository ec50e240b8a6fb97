/** A replica's buffer on its master: how far it may grow, and what becomes of the link when it does. */
import { bytes } from '../../format.js';
import { overflows } from '../../psync/buffer.js';
import type { ServerFacts } from '../../redis/info.js';
import type { Step } from '../drill.js';
import { copyOf, limitOf } from './copies.js';
import { checkForetold, checkRule, foresee } from './foretold.js';
import { MASTER, untilInStep } from './in-step.js';
import { keepOutlook, OVERFLOW, type Tally, tally, tallyText, untilTally } from './overflows.js';

const DROPPED = 'its link is closed';
const LOOP = 'one full resync after the other';
const ONE = 'one full resync, then in step';
/** One is needed after the link was closed; two more show that it ends no better. */
const ROUNDS = 3;

/** The replica will not read any more, and the load goes on. */
export const predictClosing = (replica: string): Step => ({
  kind: 'predict',
  says: `what becomes of ${replica} when it does not read?`,
  run: async (stage) => {
    const why = `the limit of its buffer on ${MASTER} is ${bytes(await limitOf(stage))}`;
    await keepOutlook(stage, foresee(stage, replica, DROPPED, why));
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
    const foretold = foresee(stage, replica, expected, why);
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
