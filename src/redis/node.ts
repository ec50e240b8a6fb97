/**
 * One Redis server as rrepl sees it: commands with deadlines, nothing resent, nothing
 * queued, nothing retried. `ioredis-node.ts` is the only implementation that opens
 * connections; unit tests use fakes of this interface.
 */

import { type ErrorDetails, EXIT_CODES, RreplError } from '../errors.js';

export interface RedisNode {
  /** The node's name in the topology. */
  readonly name: string;

  /**
   * Sends one command once and resolves with its reply: null for nil.
   * Rejects with `ReplyError` (code `refused`) if the server answered with an error, with
   * `NoReplyError` (code `no-reply`) if no answer came (not connected, cut, or the deadline ran
   * out: the command may have been executed).
   */
  call(command: string, ...args: (string | number)[]): Promise<unknown>;

  /** Closes the connection. The next call opens another. */
  disconnect(): void;

  /** The same for good: whoever still waits for something, and calls later, gets a `NoReplyError`. */
  close(): void;
}

/** @param as what listens there, if not a server of data */
export type Connect = (node: string, port: number, as?: 'sentinel') => RedisNode;

/** The server answered, and its answer was an error: `READONLY You can't write …`. */
export class ReplyError extends RreplError {
  readonly exitCode = EXIT_CODES.failed;
  protected readonly kind = 'refused';
  /** The server's own words. */
  readonly reply: string;
  /** The first of them: `READONLY`, `NOREPLICAS`, `ERR`. */
  readonly replyCode: string;
  /** Who answered, if it is known. */
  readonly node: string | undefined;

  constructor(reply: string, node?: string, details: ErrorDetails = {}) {
    super(node === undefined ? reply : `${node} answers ${reply}`, details);
    this.reply = reply;
    this.replyCode = reply.split(' ', 1)[0] ?? '';
    this.node = node;
  }
}

/** Nothing was answered: whether the command was executed isn't known. */
export class NoReplyError extends RreplError {
  readonly exitCode = EXIT_CODES.deadline;
  protected readonly kind = 'no-reply';
}
