/**
 * Saying beforehand what will come of something and why, and looking whether it did: for all
 * that is no resynchronisation (`predict-resync.ts` has those).
 */

import type { LiveNode } from '../../live/live-topology.js';
import { ReplyError } from '../../redis/node.js';
import { waitUntil } from '../../redis/wait.js';
import type { Step } from '../drill.js';
import { type Stage, slot } from '../stage.js';
import { checkForetold, type Foretold, foresee } from './foretold.js';
import { readLog } from './in-step.js';

export interface Outcome {
  readonly node: string;
  /** The sentence's subject: `SET answers`. */
  readonly what: string;
  /** Its end: `MISCONF`. */
  readonly expected: string;
  readonly because: string;
  /** The same where clients and replicas must log in, if it is another. */
  readonly behindLogin?: { readonly expected: string; readonly because: string };
  /** What is there, in the words of `expected`. May wait for it, with a deadline. */
  readonly look: (stage: Stage, node: LiveNode) => Promise<string>;
}

const foretold = ({ node, what, expected }: Outcome) =>
  slot<Foretold>(`a prediction: ${node}: ${what} ${expected}`);

export const willCome = (...outcomes: readonly Outcome[]): Step => ({
  kind: 'predict',
  says: 'what will come of it?',
  run: async (stage) => {
    for (const outcome of outcomes) {
      const { node, what } = outcome;
      const login = stage.live.access?.login != null;
      const { expected, because } = (login && outcome.behindLogin) || outcome;
      stage.keep(foretold(outcome), foresee(stage, node, `${what} ${expected}`, because));
    }
  },
});

/** Looks at what `willCome` spoke of. The same outcome may be foretold and looked at again. */
export const came = (...outcomes: readonly Outcome[]): Step => ({
  kind: 'check',
  says: 'did it come so?',
  run: async (stage) => {
    for (const outcome of outcomes) {
      const { node, what, look } = outcome;
      const found = stage.recall(foretold(outcome));
      const seen = `${what} ${await look(stage, stage.node(node))}`;
      checkForetold(stage, found, { claim: what, seen });
    }
  },
});

/** Looks at what a command is answered: `OK`, a value, or the first word of an error. */
export const answer =
  (command: string, ...args: readonly string[]): Outcome['look'] =>
  async (_stage, { redis }) => {
    try {
      return String(await redis.call(command, ...args));
    } catch (error) {
      if (error instanceof ReplyError) return error.replyCode;
      throw error;
    }
  };

const LOG_MS = 30_000;

/** Waits until the node's log holds these words. */
export const logged =
  (words: string): Outcome['look'] =>
  async (stage, node) => {
    const look = async () => {
      const lines = await readLog(stage, node, 'all');
      return lines.some((line) => line.includes(words)) ? words : undefined;
    };
    const describe = () => `the log of ${node.name} to say "${words}"`;
    return waitUntil(look, { ...stage.within(LOG_MS), everyMs: 50, describe });
  };
