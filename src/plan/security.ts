/** What security asks of a plan. */
import { sameAccess } from '../access/access.js';
import { containerName } from '../docker/names.js';
import type { Problem } from '../errors.js';
import type { ObservedForWish } from '../observe/observed.js';
import type { Draft } from './draft.js';
import type { NodeWork } from './node-work.js';
import type { Wanted } from './wanted.js';

/** Nodes that are there keep their access: changed one by one, they would lock each other out. */
export function accessProblems(
  { topology: { name, security }, access }: Wanted,
  observed: ObservedForWish,
): Problem[] {
  const problems: Problem[] = [];
  if (security.user !== undefined && access?.login == null) {
    const { user } = security;
    problems.push({
      source: 'security',
      message: `user ${user} needs a password`,
      about: { code: 'user-without-password', user },
    });
  }
  const configured = observed.nodes.some(
    ({ container }) => container !== null && container.state !== 'created',
  );
  if (configured && !sameAccess(observed.access, access)) {
    problems.push({
      source: `topology ${name}`,
      message: 'another password, user or TLS setting is wanted than its nodes have',
      about: { code: 'access-differs', topology: name },
    });
  }
  return problems;
}

/** Where this plan writes redis.conf it names no channels, and when all else is done the server adds them. */
export function planChannels(draft: Draft, works: readonly NodeWork[]): void {
  for (const { topology, node, port, access } of works) {
    const user = access?.login?.user;
    const stays = topology.nodes.some(({ name }) => name === node.name);
    if (!user || !stays || draft.of(node.name, 'writeConfig').length === 0) continue;
    draft.push({
      id: `channels ${node.name}`,
      after: draft.of(node.name),
      kind: 'grantChannels',
      resource: containerName(topology.name, node.name),
      cause: 'from 7.0 on, a new user may use none',
      node: node.name,
      port,
      user,
    });
  }
}
