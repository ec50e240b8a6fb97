/** What each node is, and what it is to be after a reset. */
import { loginSettings, usersOf, withoutPasswords } from '../access/conf-lines.js';
import { upstreamIn } from '../config/upstream.js';
import { recordIn } from '../config/wish-record.js';
import { CONF_FILE } from '../docker/names.js';
import type { ContainerSummary, Runtime } from '../docker/runtime.js';
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
  const found = await Promise.all(live.nodes.map((node) => readMember(live, node)));
  const upstreams = givenRoles(found);
  return found.map(({ name, node, now, keys, pristine }) => ({
    node,
    upstream: now,
    keys,
    wish: { ...pristine, upstream: upstreams.get(name) ?? null },
  }));
}

async function readMember(live: LiveTopology, node: LiveNode) {
  const { container } = node;
  if (container === null) throw new FailedError(`${containerOf(node)} is gone`);
  const conf = await readConf(live.runtime, container);
  const { directives, upstream } = recordIn(conf);
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

interface ReadConf {
  readonly changed: string;
  readonly conf: string;
}

const read = new Map<string, ReadConf>();

/** As this process has read it, where it was not changed since: engines look fast and read slowly. */
async function readConf(runtime: Runtime, { id, name }: ContainerSummary): Promise<string> {
  const stat = await runtime.statFile(name, CONF_FILE);
  if (stat === null) return '';
  const changed = `${stat.modifiedMs} ${stat.bytes}`;
  const before = read.get(id);
  if (before?.changed === changed) return before.conf;
  const conf = withoutPasswords((await runtime.readFile(name, CONF_FILE)) ?? '');
  read.set(id, { changed, conf });
  return conf;
}
