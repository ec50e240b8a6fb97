/** Steps of a failover, and of what makes one go wrong. */
import { askNode } from '../../redis/ask.js';
import { NoReplyError, type RedisNode } from '../../redis/node.js';
import type { Step } from '../drill.js';
import type { Stage } from '../stage.js';
import type { Stretch } from '../stretch.js';
import { fault, promote } from './nodes.js';

/**
 * Off the network with its connections as they are: nobody is told, and both ends hold
 * the link until `repl-timeout`. `cut` closes them too.
 */
export const isolate = (name: string): Step => fault('isolate', name);

/** REPLICAOF NO ONE on a replica whose master is gone; `promote` is for one whose master is not. */
export const takeOver = (name: string): Step => ({
  ...promote(name),
  kind: 'repair',
  says: `promote ${name}: REPLICAOF NO ONE`,
});

/** It answers no more: else it is not replaced but doubled. */
export const isGone = (name: string): Step => ({
  kind: 'check',
  id: 'gone',
  says: `is ${name} gone?`,
  nodes: [name],
  run: async (stage) => {
    const reply = await stage
      .node(name)
      .redis.call('PING')
      .catch((error: Error) => error);
    stage.check({
      id: 'gone',
      node: name,
      verdict: reply instanceof NoReplyError ? 'pass' : 'fail',
      claim: 'it is gone before another is promoted',
      expected: 'no reply',
      seen: reply instanceof Error ? reply.message : String(reply),
    });
  },
});

/** Nodes that each take themselves for the master, at the same time. */
export const allMasters = (names: readonly string[]): Step => ({
  kind: 'check',
  id: 'masters',
  says: `are ${names.join(' and ')} masters at the same time?`,
  nodes: names,
  run: async (stage) => {
    const roles = await Promise.all(
      names.map(async (name) => (await askNode(stage.node(name).redis)).replication.role),
    );
    stage.check({
      id: 'masters',
      node: null,
      verdict: roles.every((role) => role === 'master') ? 'pass' : 'fail',
      claim: 'there are two masters',
      expected: names.map((name) => `${name} master`).join(', '),
      seen: names.map((name, at) => `${name} ${roles[at]}`).join(', '),
    });
  },
});

/** What the work writes on this master, as a stretch of its stream. */
export async function stretchOf(
  stage: Stage,
  master: string,
  work: () => Promise<unknown>,
): Promise<Stretch> {
  const place = async (redis: RedisNode) => (await askNode(redis)).replication;
  const { redis } = stage.node(master);
  const { id, offset: from } = await place(redis);
  await work();
  return { id, from, to: (await place(redis)).offset };
}
