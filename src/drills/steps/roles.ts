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
import type { Step } from '../drill.js';
import { type Stage, slot } from '../stage.js';
import { checkForetold, checkRule, type Foretold, foresee } from './foretold.js';

const ROLES = slot<readonly Foretold[]>('a prediction of roles');

/** By node: the upstream that it will have, or null for a master. */
export const predictRoles = (claimed: Readonly<Record<string, string | null>>): Step => ({
  kind: 'predict',
  says: `what will ${Object.keys(claimed).join(', ')} be after a restart?`,
  run: async (stage) => {
    const roles: Foretold[] = [];
    for (const [name, upstream] of Object.entries(claimed)) {
      const written = await upstreamOnFile(stage, name);
      const why = written === null ? 'names no upstream' : `says replicaof ${written}`;
      const role = foresee(stage, name, roleText(written), `its redis.conf ${why}`);
      checkRule(stage, role, roleText(upstream));
      roles.push(role);
    }
    stage.keep(ROLES, roles);
  },
});

export const confirmRoles: Step = {
  kind: 'check',
  says: 'are they what was predicted?',
  run: async (stage) => {
    for (const role of stage.recall(ROLES)) {
      const { replication } = await askNode(stage.node(role.node).redis);
      const seen = roleText(replication.link?.host ?? null);
      checkForetold(stage, role, { claim: 'it starts as what its file says', seen });
    }
  },
};

/** How many replicas a node has: one that follows nobody is missing here. */
export const hasReplicas = (name: string, expected: number): Step => ({
  kind: 'check',
  says: `how many replicas has ${name}?`,
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
