/** What each node is, and what it is to be after a reset. */
import { loginSettings, usersOf } from '../access/conf-lines.js';
import { upstreamIn } from '../config/upstream.js';
import { recordIn } from '../config/wish-record.js';
import { readMountedConfigs } from '../docker/topologies.js';
import { FailedError } from '../errors.js';
import { containerOf, type LiveNode, type LiveTopology } from '../live/live-topology.js';
import { referenceSettings } from '../live/reference-settings.js';
import { givenRoles } from '../plan/given-roles.js';
import { askNode } from '../redis/ask.js';
import { keyCount } from '../redis/info.js';
import type { Pristine } from '../redis/reset-server.js';

export interface Member {
  readonly node: LiveNode;
  /** Whom it replicates from now; null for the master. */
  readonly upstream: string | null;
  readonly keys: number;
  readonly wish: Pristine & { readonly upstream: string | null };
}

/** What stands in every redis.conf and nobody may ask for otherwise. */
const ALWAYS = [['protected-mode', 'no']] as const;

export async function readMembers(live: LiveTopology): Promise<readonly Member[]> {
  const configs = await readMountedConfigs(live.runtime, live.nodes);
  const found = await Promise.all(
    live.nodes.map((node) => readMember(live, node, configs.get(node.name) ?? '')),
  );
  const upstreams = givenRoles(found);
  return found.map(({ name, node, now, keys, pristine }) => ({
    node,
    upstream: now,
    keys,
    wish: { ...pristine, upstream: upstreams.get(name) ?? null },
  }));
}

async function readMember(live: LiveTopology, node: LiveNode, conf: string) {
  const { directives, upstream } = recordIn(conf);
  const { container } = node;
  if (container === null) throw new FailedError(`${containerOf(node)} is gone`);
  const [reference, { replication, databases }] = await Promise.all([
    referenceSettings(live.runtime, container, directives),
    askNode(node.redis),
  ]);
  const settings = new Map([...reference, ...ALWAYS, ...loginSettings(live.access)]);
  return {
    name: node.name,
    node,
    recorded: upstream,
    configured: upstreamIn(conf),
    now: replication.link?.host ?? null,
    keys: keyCount(databases),
    pristine: { settings, users: usersOf(live.access) },
  };
}
