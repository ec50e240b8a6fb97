/** What security asks of a plan. */
import { sameAccess } from '../access/access.js';
import { containerName } from '../docker/names.js';
import type { Problem } from '../errors.js';
import type { Topology } from '../topology/topology.js';
import type { Draft } from './draft.js';
import type { Observed } from './reconcile.js';

/** Nodes that are there keep their access: changed one by one, they would lock each other out. */
export function accessProblems(
  { name, security }: Topology,
  { topology, access: { kept, wanted } }: Observed,
): Problem[] {
  const problems: Problem[] = [];
  if (security.user !== undefined && wanted?.login == null) {
    const message = `user ${security.user} needs a password: say --password auto`;
    problems.push({ source: 'security', message });
  }
  const configured = topology.nodes.some(
    ({ container }) => container !== null && container.state !== 'created',
  );
  if (configured && !sameAccess(kept, wanted)) {
    problems.push({
      source: `topology ${name}`,
      message: `another password, user or TLS setting is wanted; run \`rrepl down --name ${name}\` first (the data is kept), then \`rrepl up\` again`,
    });
  }
  return problems;
}

/** For a node whose redis.conf this plan writes. */
export function planChannels(
  draft: Draft,
  topology: string,
  node: string,
  user: string,
  port: number,
) {
  if (draft.planned(`configure ${node}`).length === 0) return;
  draft.push({
    id: `channels ${node}`,
    after: [`ready ${node}`],
    kind: 'grantChannels',
    resource: containerName(topology, node),
    cause: 'from 7.0 on, a new user may use none',
    node,
    port,
    user,
  });
}
