/** A server at the end of a wire, for what asks a `RedisNode`: text, one command at a time. */
import type { RedisNode } from '../redis/node.js';
import type { Reply, Wire } from './wire.js';

export function nodeOver(name: string, wire: Wire): RedisNode {
  let last: Promise<unknown> = Promise.resolve();
  return {
    name,
    call: (...words) => {
      const asked = last.then(() => wire.ask(...words.map(String))).then(textOf);
      last = asked.catch(() => {});
      return asked;
    },
    // There is one connection: nothing can be asked over another.
    disconnect: () => wire.close(),
    close: () => wire.close(),
  };
}

const textOf = (reply: Reply): unknown =>
  reply instanceof Buffer
    ? reply.toString()
    : Array.isArray(reply)
      ? reply.map((it: Reply) => textOf(it))
      : reply;
