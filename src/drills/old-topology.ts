/** A topology before a drill kills its master: is it healthy, and what is at stake? */

import { FailedError } from '../errors.js';
import { plural } from '../format.js';
import type { LiveNode, LiveTopology } from '../live/live-topology.js';
import { readStatus } from '../live/status.js';
import { askNode, configValue, type InfoReply } from '../redis/ask.js';
import { keyCount } from '../redis/info.js';

export interface OldTopology {
  readonly live: LiveTopology;
  readonly master: LiveNode;
  /** Those that answer. */
  readonly replicas: readonly LiveNode[];
  /** What the master said. */
  readonly facts: InfoReply;
}

/** Rejects with `FailedError` if there isn't exactly one master with all its replicas in sync. */
export async function findHealthy(live: LiveTopology): Promise<OldTopology> {
  const status = await readStatus(live);
  const masters = status.nodes.filter((node) => node.role === 'master');
  const broken = status.nodes.filter((node) => node.problem !== null);
  const [master] = live.nodes.filter(({ name }) => name === masters[0]?.name);
  if (masters.length !== 1 || master === undefined || broken.length > 0) {
    const seen = broken.map((node) => `${node.name}: ${node.problem}`);
    const words = [`${plural(masters.length, 'master')}`, ...seen].join('; ');
    throw new FailedError(
      `topology ${live.name} is not healthy, so a drill would prove nothing: ${words}`,
      { about: { code: 'not-healthy', topology: live.name } },
    );
  }
  const replicas = live.nodes.filter((node) => node !== master);
  return { live, master, replicas, facts: await askNode(master.redis) };
}

/**
 * What killing and restarting this master would lose of the user's own data, in plain words;
 * null if nothing. A replica copies its master: what the master lost, its replicas lose too.
 */
export async function riskOfRestart({
  master,
  facts,
}: Pick<OldTopology, 'master' | 'facts'>): Promise<string | null> {
  const keys = keyCount(facts.databases);
  if (keys === 0 || facts.persistence.aofEnabled) return null;
  const changes = facts.persistence.rdbChangesSinceSave;
  if ((await configValue(master.redis, 'save')) === '') {
    return `${master.name} has no persistence: killed and restarted it comes back with its last RDB at best, else empty, and then its replicas are emptied too (${plural(keys, 'key')} at stake)`;
  }
  if (changes === 0) return null;
  return `${master.name} has ${plural(changes, 'change')} in no RDB: killed and restarted it comes back without them, and its replicas lose them too`;
}
