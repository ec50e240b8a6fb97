/** Several directives set on a running server: all of them, or none. */
import { InvalidError } from '../errors.js';
import { configValue } from './ask.js';
import { type RedisNode, ReplyError } from './node.js';

export interface Setting {
  readonly name: string;
  readonly value: string;
}

/**
 * One after the other, because 6.0 takes one at a time. Returns what `setBack` takes to undo it.
 * Rejects with `InvalidError` if one is refused.
 */
export async function setConfig(
  server: RedisNode,
  settings: readonly Setting[],
): Promise<readonly Setting[]> {
  const done: Setting[] = [];
  for (const { name, value } of settings) {
    const before = await configValue(server, name);
    try {
      await server.call('CONFIG', 'SET', name, value);
    } catch (error) {
      await setBack(server, done);
      if (!(error instanceof ReplyError)) throw error;
      throw new InvalidError(`${server.name} refused ${name} ${value}: ${error.reply}`, {
        about: { code: 'setting-refused', node: server.name, setting: name, value },
        cause: error,
      });
    }
    done.unshift({ name, value: before });
  }
  return done;
}

/** A server that doesn't answer any more keeps what it has. */
export async function setBack(server: RedisNode, former: readonly Setting[]): Promise<void> {
  for (const { name, value } of former) {
    await server.call('CONFIG', 'SET', name, value).catch(() => {});
  }
}
