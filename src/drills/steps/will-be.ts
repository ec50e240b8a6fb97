/** Claims whose rule asks for no offset: what a command, a log or a link will say, and why. */
import { ReplyError } from '../../redis/node.js';
import { waitUntil } from '../../redis/wait.js';
import type { Claim } from '../claim.js';
import type { Stage, StageNode } from '../stage.js';
import { readLog } from './in-step.js';

/** What is seen of a node, in the words that it is compared with. */
export type Look = (stage: Stage, node: StageNode) => Promise<string>;

/** A prediction as a sentence: `SET answers` `MISCONF`, because of what, and how it is looked up. */
export interface WillBe {
  readonly node: string;
  /** The sentence's subject: `SET answers`. */
  readonly about: string;
  /** Its end: `MISCONF`. */
  readonly is: string;
  readonly because: string;
  /** The same where clients and replicas must log in, if it is another. */
  readonly behindLogin?: { readonly is: string; readonly because: string };
  /** What is there, in the words of `is`. May wait for it, with a deadline. */
  readonly look: Look;
}

/** The claim of such a sentence. */
export const willBe = ({ node, about, look, behindLogin, ...open }: WillBe): Claim => ({
  node,
  about,
  foresee: async ({ live }) => {
    const { is, because } = (live.access?.login != null && behindLogin) || open;
    return { is: `${about} ${is}`, because };
  },
  look: async (stage) => ({ is: `${about} ${await look(stage, stage.node(node))}` }),
});

/** What a command is answered: `OK`, a value, or the first word of an error. */
export const answer =
  (command: string, ...args: readonly string[]): Look =>
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
  (words: string): Look =>
  async (stage, { name }) => {
    const look = async () => {
      const lines = await readLog(stage, stage.node(name), 'all');
      return lines.some((line) => line.includes(words)) ? words : undefined;
    };
    const describe = () => `the log of ${name} to say "${words}"`;
    return waitUntil(look, { ...stage.within(LOG_MS), everyMs: 50, describe });
  };
