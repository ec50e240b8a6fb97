import type { RedisNode } from '../../../src/redis/node.js';
import { Deadline, type Limits } from '../../../src/redis/wait.js';

export type Call = [command: string, ...args: (string | number)[]];

/** A node that answers with what `answer` returns or throws. */
export function fakeNode(name: string, answer: (...call: Call) => unknown): RedisNode {
  return { name, call: async (...call) => answer(...call), disconnect: () => {}, close: () => {} };
}

/** The given answers one after the other; the last one for good. Errors are thrown. */
export function inTurn(...answers: unknown[]): () => unknown {
  let next = 0;
  return () => {
    const answer = answers[Math.min(next++, answers.length - 1)];
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

export function limits(ms: number): Limits {
  return { deadline: new Deadline(ms), signal: new AbortController().signal };
}
