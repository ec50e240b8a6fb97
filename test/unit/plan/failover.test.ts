/** The plans of `promote` and `switchover`. */

import { describe, expect, it } from 'vitest';
import { noteText } from '../../../src/cli/hints/index.js';
import { changesOf, planText } from '../../../src/plan/plan-text.js';
import { promotion } from '../../../src/plan/promotion.js';
import { switchover } from '../../../src/plan/switchover.js';
import { rejection } from '../../support/run.js';
import { type Given, type Group, observed } from './nodes.js';

const ADDRESSES = { networks: ['rrepl-demo', 'rrepl-demo_replication'] } as const;
const master: Given = { file: null, ...ADDRESSES };
const replica: Given = { file: 'redis-1', ...ADDRESSES };
const dead: Given = { file: null, state: 'exited', rdb: { keys: 0 } };
const well: Group = { 'redis-1': master, 'redis-2': replica, 'redis-3': replica };
const lost: Group = { ...well, 'redis-1': dead };

/** The engine shows an address where a node is attached. */
function seen(group: Group) {
  const topology = observed(group);
  const isAttached = (name: string) => group[name]?.networks?.includes('rrepl-demo_replication');
  const nodes = topology.nodes.map((it, at) => ({
    ...it,
    address: isAttached(it.name) ? `172.18.0.${at + 2}` : null,
  }));
  return { ...topology, nodes };
}

const promote = (group: Group, node: string | null) => promotion(seen(group), node);
const handOver = (group: Group, node: string | null) =>
  switchover(seen(group), { master: 'redis-1', node, withinMs: 1000 });
const refusal = (work: () => unknown) => rejection(Promise.resolve().then(work));

describe('a promotion', () => {
  it('is durable before the others are told, each on its own, and a stopped master on its disk', () => {
    const plan = promote(lost, 'redis-2');
    expect(`\n${planText(plan)}`).toMatchInlineSnapshot(`
      "
      promote             rrepl-demo-redis-2                     # the master is lost
      re-point            rrepl-demo-redis-3  to redis-2         # it follows redis-1, which is lost
      write role          rrepl-demo-redis-1  replicaof redis-2  # redis-2 takes the role while it is down
      wait until in sync  rrepl-demo-redis-3  with redis-2       # replica of redis-2
      "
    `);
    const order = plan.steps.map(
      ({ id, after, independent }) =>
        `${id} <- ${after.map((it) => it.id).join(', ') || '-'}${independent ? ' (independent)' : ''}`,
    );
    expect(`\n${order.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      promote redis-2 <- -
      follow redis-3 <- promote redis-2 (independent)
      role redis-1 <- promote redis-2 (independent)
      sync redis-3 <- follow redis-3 (independent)
      "
    `);
  });

  it('waits until what a follower has and the next master lacks is set aside', () => {
    const ahead: Given = { ...replica, server: { offset: 900, link: 'down' } };
    const behind: Given = { ...replica, server: { offset: 100, link: 'down' } };
    const plan = promote({ ...lost, 'redis-2': behind, 'redis-3': ahead }, 'redis-2');
    const [first, second] = changesOf(plan);
    expect([first?.id, second?.id]).toEqual(['set aside redis-3', 'promote redis-2']);
    expect(second?.after).toEqual([first]);
    expect(first?.independent).toBeUndefined();
    expect(plan.notes.map(noteText)).toEqual(['redis-2 is 800 B behind redis-3']);
  });

  it('tells nodes that are cut off, and does not wait for them', () => {
    const { steps, notes } = promote(
      { ...lost, 'redis-3': { ...replica, networks: [] } },
      'redis-2',
    );
    expect(steps.map(({ id }) => id)).toContain('follow redis-3');
    expect(steps.map(({ id }) => id)).not.toContain('sync redis-3');
    expect(notes.map(noteText)).toEqual([
      'redis-3 is cut off, and will follow redis-2; `rrepl connect redis-3 --name demo` joins it again',
    ]);
  });

  it('waits for nobody if the next master is cut off itself', () => {
    const { steps, notes } = promote(
      { ...lost, 'redis-2': { ...replica, networks: [] } },
      'redis-2',
    );
    expect(steps.filter(({ kind }) => kind === 'waitInSync')).toEqual([]);
    expect(notes.map(noteText)).toEqual([
      'redis-2 is cut off, and the others follow it then; `rrepl connect redis-2 --name demo` joins it again',
    ]);
  });

  it('leaves a replica of a replica to its upstream', () => {
    const chain: Group = {
      ...lost,
      'redis-2': { ...replica, server: { link: 'down', replicas: ['172.18.0.4'] } },
      'redis-3': { ...replica, file: 'redis-2' },
    };
    expect(changesOf(promote(chain, 'redis-2')).map(({ id }) => id)).toEqual([
      'promote redis-2',
      'role redis-1',
    ]);
  });

  it('is refused while a master lives', async () => {
    const error = await refusal(() => promote(well, 'redis-2'));
    expect(error.message).toBe('redis-1 is a living master: promoting redis-2 would lose writes');
  });

  it('of nobody in particular takes none of priority 0', async () => {
    const there = seen(lost);
    const nodes = there.nodes.map((it) => ({
      ...it,
      server: it.server && { ...it.server, replication: { ...it.server.replication, priority: 0 } },
    }));
    const barred = { ...there, nodes };
    const error = await refusal(() => promotion(barred, null));
    expect(error.message).toContain('redis-2');
    expect(promotion(barred, 'redis-2').notes.map(noteText)).toEqual([
      'redis-2 has replica-priority 0: promoted because it is named',
    ]);
  });
});

describe('a switchover', () => {
  it('begins when the next master has its link, and waits for the others afterwards', () => {
    const plan = handOver(well, null);
    expect(`\n${planText(plan)}`).toMatchInlineSnapshot(`
      "
      wait until in sync  rrepl-demo-redis-2  with redis-1  # replica of redis-1
      switch over         rrepl-demo-redis-2  from redis-1  # redis-1, the master, hands over: redis-2 is the furthest replica
      wait until in sync  rrepl-demo-redis-1  with redis-2  # replica of redis-2
      wait until in sync  rrepl-demo-redis-3  with redis-2  # replica of redis-2
      "
    `);
    const [link, handover, ...links] = plan.steps;
    expect(handover?.after).toEqual([link]);
    expect(link).toMatchObject({ withinMs: 1000 });
    expect(link?.independent).toBeUndefined();
    for (const step of links) {
      expect(step).toMatchObject({ kind: 'waitInSync', independent: true });
      expect(step.after).toContain(handover);
    }
  });

  it('moves only to a replica that answers', async () => {
    const silent = { ...well, 'redis-2': { ...replica, silent: true } };
    const error = await refusal(() => handOver(silent, 'redis-2'));
    expect(error.message).toBe('redis-2 is no replica that answers');
  });
});
