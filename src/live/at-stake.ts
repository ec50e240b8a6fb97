/** What ends with a server, because no file of its own holds it. */
import { plural } from '../format.js';
import { askNode, configValue, type InfoReply } from '../redis/ask.js';
import { keyCount } from '../redis/info.js';
import type { RedisNode } from '../redis/node.js';

/** How it ends: asked to, when it saves if it has save points, or killed. */
export type Ending = 'stopped' | 'killed';

/**
 * In words, for one server that answers; null if all of its data are in files by then. What it
 * runs with counts, not its redis.conf. Rejects as `askNode` does.
 */
export async function atStake(server: RedisNode, ending: Ending): Promise<string | null> {
  const [facts, save] = await Promise.all([askNode(server), configValue(server, 'save')]);
  return stake(facts, ending === 'stopped' && save !== '');
}

function stake({ persistence, databases }: InfoReply, savesAtEnd: boolean): string | null {
  const { aofEnabled, rdbChangesSinceSave: changes } = persistence;
  const keys = keyCount(databases);
  if (aofEnabled || savesAtEnd || changes === 0 || keys === 0) return null;
  return `${plural(changes, 'change')} in no file (${plural(keys, 'key')} in all)`;
}
