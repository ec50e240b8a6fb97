/**
 * What a node is when it starts again. REPLICAOF changes the server, not its file, and a
 * server starts as its file says (`loadServerConfig`, src/config.c): the same in every version.
 */
import { upstreamIn } from '../../config/upstream.js';
import { CONF_FILE } from '../../docker/names.js';
import { FailedError } from '../../errors.js';
import { plural } from '../../format.js';
import { containerOf } from '../../live/live-topology.js';
import { askNode } from '../../redis/ask.js';
import type { Claim } from '../claim.js';
import type { Step } from '../drill.js';
import type { Stage } from '../stage.js';

/** @param claimed the upstream that it will have, or null for a master. */
export const roleAfterRestart = (name: string, claimed: string | null): Claim => ({
  node: name,
  about: `what ${name} is after a restart`,
  claimed: roleText(claimed),
  foresee: async (stage) => {
    const written = await upstreamOnFile(stage, name);
    const why = written === null ? 'names no upstream' : `says replicaof ${written}`;
    return { is: roleText(written), because: `its redis.conf ${why}` };
  },
  look: async (stage) => {
    const { replication } = await askNode(stage.node(name).redis);
    return { is: roleText(replication.link?.host ?? null) };
  },
});

/** How many replicas a node has: one that follows nobody is missing here. */
export const hasReplicas = (name: string, expected: number): Step => ({
  kind: 'check',
  id: 'replicas',
  says: `how many replicas has ${name}?`,
  nodes: [name],
  run: async (stage) => {
    const { replication } = await askNode(stage.node(name).redis);
    const found = replication.replicas.length;
    stage.check({
      id: 'replicas',
      node: name,
      verdict: found === expected ? 'pass' : 'fail',
      claim: 'the replicas that are attached to it',
      expected: plural(expected, 'replica'),
      seen: plural(found, 'replica'),
    });
  },
});

const roleText = (upstream: string | null): string =>
  upstream === null ? 'a master' : `a replica of ${upstream}`;

async function upstreamOnFile(stage: Stage, name: string): Promise<string | null> {
  const conf = await stage.live.runtime.readFile(containerOf(stage.node(name)), CONF_FILE);
  if (conf === null) throw new FailedError(`${name} has no ${CONF_FILE}`);
  return upstreamIn(conf);
}
