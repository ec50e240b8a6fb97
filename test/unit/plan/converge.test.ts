/** The plans of `up` for a topology that is there and is to be another. */

import { describe, expect, it } from 'vitest';
import { messageOf } from '../../../src/cli/hints/index.js';
import { InvalidTopologyError } from '../../../src/errors.js';
import type { ObservedForWish } from '../../../src/observe/observed.js';
import type { Plan } from '../../../src/plan/plan.js';
import { planText } from '../../../src/plan/plan-text.js';
import type { Directive, Topology } from '../../../src/topology/topology.js';
import { chain, isUp, node, planOf, topology } from '../../support/topologies.js';

/** What changes; the waits are left out unless they are asked for. */
function text(plan: Plan, waits = false): string {
  const steps = plan.steps.filter(({ kind }) => waits || !kind.startsWith('wait'));
  return `\n${planText({ ...plan, steps })}`;
}

const change = (wanted: Topology, observed: ObservedForWish, waits = false): string =>
  text(planOf(wanted, observed), waits);

function refusal(wanted: Topology, observed: ObservedForWish): string {
  try {
    planOf(wanted, observed);
  } catch (error) {
    if (error instanceof InvalidTopologyError) return `\n${messageOf(error)}\n`;
    throw error;
  }
  return 'none';
}

const directive = (name: string, ...args: string[]): Directive => ({ name, args });

const withDirectives = (wish: Topology, ...directives: Directive[]): Topology => ({
  ...wish,
  nodes: wish.nodes.map((it) => ({ ...it, directives })),
});

describe('replicas that are wanted no more', () => {
  it('go with their volumes', () => {
    expect(
      change(topology({ replicas: 1 }), isUp(topology({ replicas: 2 }))),
    ).toMatchInlineSnapshot(`
      "
      remove container  rrepl-demo-redis-3       # wanted no more
      remove volume     rrepl-demo-redis-3-conf  # wanted no more; the other nodes have what is on it
      remove volume     rrepl-demo-redis-3-data  # wanted no more; the other nodes have what is on it
      "
    `);
  });

  it('hand their own replicas on to their upstream first', () => {
    const wanted = topology({ nodes: [node('redis-1', null), node('redis-3', 'redis-1')] });
    const observed = isUp(topology({ nodes: chain(3) }));
    expect(change(wanted, observed, true)).toMatchInlineSnapshot(`
      "
      wait until it answers  rrepl-demo-redis-1                # a started container is not yet a server that answers
      re-point               rrepl-demo-redis-3  to redis-1    # it follows redis-2
      wait until it answers  rrepl-demo-redis-3                # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-1  # replica of redis-1
      remove container       rrepl-demo-redis-2                # wanted no more
      remove volume          rrepl-demo-redis-2-conf           # wanted no more; the other nodes have what is on it
      remove volume          rrepl-demo-redis-2-data           # wanted no more; the other nodes have what is on it
      "
    `);
  });

  it('need not run', () => {
    const observed = isUp(topology({ replicas: 2 }), {
      'redis-2': null,
      'redis-3': { state: 'exited' },
    });
    const wanted = topology({ replicas: 0 });
    expect(change(wanted, observed)).toMatchInlineSnapshot(`
      "
      remove volume     rrepl-demo-redis-2-conf  # wanted no more; the other nodes have what is on it
      remove volume     rrepl-demo-redis-2-data  # wanted no more; the other nodes have what is on it
      remove container  rrepl-demo-redis-3       # wanted no more
      remove volume     rrepl-demo-redis-3-conf  # wanted no more; the other nodes have what is on it
      remove volume     rrepl-demo-redis-3-data  # wanted no more; the other nodes have what is on it
      "
    `);
  });

  it('leave their folders', () => {
    const dir = '/home/ada/demo';
    const observed = isUp(topology({ replicas: 1, dir }));
    expect(change(topology({ replicas: 0, dir }), observed)).toMatchInlineSnapshot(`
      "
      note: the files of redis-2 in /home/ada/demo/redis-2 are kept
      remove container  rrepl-demo-redis-2                           # wanted no more
      retire            /home/ada/demo/redis-2/conf  its redis.conf  # wanted no more; its files stay
      "
    `);
  });

  it('wait until it is known which node is the master: only the files tell', () => {
    const gone = { 'redis-1': null, 'redis-2': null, 'redis-3': null };
    const observed = isUp(topology({ replicas: 2 }), gone);
    const { steps } = planOf(topology({ replicas: 0 }), observed);
    expect(steps.some(({ kind }) => kind === 'removeVolume')).toBe(false);
  });
});

describe('a master that is wanted no more', () => {
  it('hands over to a node that stays, and goes', () => {
    const wanted = topology({ nodes: [node('b', null), node('c', 'b')] });
    const observed = isUp(topology({ nodes: [node('a', null), node('b', 'a'), node('c', 'a')] }));
    expect(change(wanted, observed, true)).toMatchInlineSnapshot(`
      "
      wait until it answers  rrepl-demo-a          # a started container is not yet a server that answers
      wait until it answers  rrepl-demo-b          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-b  with a  # replica of a
      wait until it answers  rrepl-demo-c          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-c  with a  # replica of a
      switch over            rrepl-demo-b  from a  # a, the master, hands over: wanted no more
      wait until in sync     rrepl-demo-c  with b  # replica of b
      remove container       rrepl-demo-a          # wanted no more
      remove volume          rrepl-demo-a-conf     # wanted no more; the other nodes have what is on it
      remove volume          rrepl-demo-a-data     # wanted no more; the other nodes have what is on it
      "
    `);
  });

  it('hands over to a new node if no other stays', () => {
    const wanted = topology({ nodes: [node('b', null)] });
    const observed = isUp(topology({ nodes: [node('a', null)] }));
    expect(change(wanted, observed, true)).toMatchInlineSnapshot(`
      "
      wait until it answers  rrepl-demo-a                                     # a started container is not yet a server that answers
      create volume          rrepl-demo-b-conf                                # missing
      create volume          rrepl-demo-b-data                                # missing
      create container       rrepl-demo-b  redis:6.0, 127.0.0.1:6382 -> 6379  # missing
      attach                 rrepl-demo-b  rrepl-demo_replication             # missing
      write redis.conf       rrepl-demo-b  replicaof a 6379                   # missing
      start                  rrepl-demo-b                                     # missing
      wait until it answers  rrepl-demo-b                                     # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-b  with a                             # replica of a
      switch over            rrepl-demo-b  from a                             # a, the master, hands over: wanted no more
      remove container       rrepl-demo-a                                     # wanted no more
      remove volume          rrepl-demo-a-conf                                # wanted no more; the other nodes have what is on it
      remove volume          rrepl-demo-a-data                                # wanted no more; the other nodes have what is on it
      "
    `);
  });
});

it('a master that is wanted no more and is down comes up with its own configuration', () => {
  const before = withDirectives(topology({ replicas: 0 }), directive('appendonly', 'yes'));
  const observed = isUp(before);
  const created = isUp(before, { 'redis-1': { state: 'created' } });
  const nodes = created.nodes.map((it, at) => ({
    ...it,
    config: observed.nodes[at]?.config ?? null,
  }));
  const wanted = topology({ nodes: [node('other', null)] });
  const { steps } = planOf(wanted, { ...created, nodes });
  const written = steps.find((step) => step.kind === 'writeConfig' && step.node === 'redis-1');
  expect(written?.kind === 'writeConfig' && written.text).toMatch(/^appendonly yes$/m);
  expect(steps.at(-1)).toMatchObject({ kind: 'removeVolume' });
});

describe('a directive that Redis takes at run time', () => {
  it('is set on a replica first, then on all, and stands in every file', () => {
    const observed = isUp(topology());
    const wanted = withDirectives(topology(), directive('repl-backlog-size', '32mb'));
    const plan = planOf(wanted, observed);
    expect(text(plan)).toMatchInlineSnapshot(`
      "
      note: redis 6 starts a new backlog when its size changes: until that fills, resyncs are full
      set               rrepl-demo-redis-3  repl-backlog-size 32mb  # repl-backlog-size 64mb -> 32mb
      set               rrepl-demo-redis-1  repl-backlog-size 32mb  # repl-backlog-size 64mb -> 32mb
      write redis.conf  rrepl-demo-redis-1  master                  # repl-backlog-size 64mb -> 32mb
      set               rrepl-demo-redis-2  repl-backlog-size 32mb  # repl-backlog-size 64mb -> 32mb
      write redis.conf  rrepl-demo-redis-2  replicaof redis-1 6379  # repl-backlog-size 64mb -> 32mb
      write redis.conf  rrepl-demo-redis-3  replicaof redis-1 6379  # repl-backlog-size 64mb -> 32mb
      "
    `);
    const order = plan.steps.flatMap(({ id, after }) =>
      id.startsWith('set') ? [`${id} <- ${after.map((it) => it.id).join(', ')}`] : [],
    );
    expect(order).toEqual([
      'set redis-3 <- ',
      'set redis-1 <- ready redis-1, set redis-3',
      'set redis-2 <- ready redis-2, set redis-3',
    ]);
  });

  it('is written, and not set, where the node does not run', () => {
    const observed = isUp(topology({ replicas: 1 }), { 'redis-2': { state: 'exited' } });
    const wanted = withDirectives(topology({ replicas: 1 }), directive('hz', '20'));
    expect(change(wanted, observed)).toMatchInlineSnapshot(`
      "
      set               rrepl-demo-redis-1  hz 20                   # hz (default) -> 20
      write redis.conf  rrepl-demo-redis-2  replicaof redis-1 6379  # hz (default) -> 20
      start             rrepl-demo-redis-2                          # hz (default) -> 20
      write redis.conf  rrepl-demo-redis-1  master                  # hz (default) -> 20
      "
    `);
  });

  it('can concern one node', () => {
    const [master, replica] = topology({ replicas: 1 }).nodes;
    if (master === undefined || replica === undefined) throw new Error('no nodes');
    const wanted = topology({
      nodes: [master, { ...replica, directives: [directive('maxmemory', '1gb')] }],
    });
    expect(change(wanted, isUp(topology({ replicas: 1 })))).toMatchInlineSnapshot(`
      "
      set               rrepl-demo-redis-2  maxmemory 1gb           # maxmemory (default) -> 1gb
      write redis.conf  rrepl-demo-redis-2  replicaof redis-1 6379  # maxmemory (default) -> 1gb
      "
    `);
  });

  it('keeps what stands in the file besides', () => {
    const before = isUp(topology({ replicas: 0 }));
    const nodes = before.nodes.map((it) => ({
      ...it,
      config: `${it.config}timeout 77\nuser default on nopass ~* +@all\n`,
    }));
    const wanted = withDirectives(topology({ replicas: 0 }), directive('hz', '20'));
    const { steps } = planOf(wanted, { ...before, nodes });
    const written = steps.find((step) => step.kind === 'writeConfig');
    expect(written?.kind === 'writeConfig' && written.text).toMatch(/^timeout 77$/m);
    expect(written?.kind === 'writeConfig' && written.text).toMatch(/^hz 20$/m);
    expect(written?.kind === 'writeConfig' && written.text).not.toContain('user default');
  });

  it('that an operator has set and nobody has asked for is no difference', () => {
    const before = isUp(topology());
    const nodes = before.nodes.map((it) => ({
      ...it,
      config: (it.config ?? '').replace(/^repl-backlog-size .*$/m, 'repl-backlog-size 1gb'),
    }));
    expect(change(topology(), { ...before, nodes })).toBe('\nnothing to change\n');
  });
});

describe('a directive that Redis reads at its start', () => {
  it('restarts the replicas, then the role moves, then the old master restarts', () => {
    const wanted = withDirectives(topology(), directive('databases', '32'));
    expect(change(wanted, isUp(topology()), true)).toMatchInlineSnapshot(`
      "
      wait until it answers  rrepl-demo-redis-1                          # a started container is not yet a server that answers
      wait until it answers  rrepl-demo-redis-2                          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1            # replica of redis-1
      wait until it answers  rrepl-demo-redis-3                          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-1            # replica of redis-1
      stop                   rrepl-demo-redis-3                          # databases (default) -> 32
      write redis.conf       rrepl-demo-redis-3  replicaof redis-1 6379  # databases (default) -> 32
      start                  rrepl-demo-redis-3                          # databases (default) -> 32
      wait until it answers  rrepl-demo-redis-3                          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-1            # replica of redis-1
      stop                   rrepl-demo-redis-2                          # databases (default) -> 32
      write redis.conf       rrepl-demo-redis-2  replicaof redis-1 6379  # databases (default) -> 32
      start                  rrepl-demo-redis-2                          # databases (default) -> 32
      wait until it answers  rrepl-demo-redis-2                          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1            # replica of redis-1
      switch over            rrepl-demo-redis-2  from redis-1            # redis-1, the master, hands over: databases (default) -> 32
      wait until in sync     rrepl-demo-redis-3  with redis-2            # replica of redis-2
      stop                   rrepl-demo-redis-1                          # databases (default) -> 32
      write redis.conf       rrepl-demo-redis-1  replicaof redis-2 6379  # databases (default) -> 32
      start                  rrepl-demo-redis-1                          # databases (default) -> 32
      wait until it answers  rrepl-demo-redis-1                          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-1  with redis-2            # replica of redis-2
      "
    `);
  });

  it('goes through a chain from its end', () => {
    const before = topology({ nodes: chain(3) });
    const wanted = withDirectives(before, directive('databases', '32'));
    expect(change(wanted, isUp(before), true)).toMatchInlineSnapshot(`
      "
      wait until it answers  rrepl-demo-redis-1                          # a started container is not yet a server that answers
      wait until it answers  rrepl-demo-redis-2                          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1            # replica of redis-1
      wait until it answers  rrepl-demo-redis-3                          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-2            # replica of redis-2
      stop                   rrepl-demo-redis-3                          # databases (default) -> 32
      write redis.conf       rrepl-demo-redis-3  replicaof redis-2 6379  # databases (default) -> 32
      start                  rrepl-demo-redis-3                          # databases (default) -> 32
      wait until it answers  rrepl-demo-redis-3                          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-2            # replica of redis-2
      stop                   rrepl-demo-redis-2                          # databases (default) -> 32
      write redis.conf       rrepl-demo-redis-2  replicaof redis-1 6379  # databases (default) -> 32
      start                  rrepl-demo-redis-2                          # databases (default) -> 32
      wait until it answers  rrepl-demo-redis-2                          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1            # replica of redis-1
      wait until in sync     rrepl-demo-redis-3  with redis-2            # replica of redis-2
      switch over            rrepl-demo-redis-2  from redis-1            # redis-1, the master, hands over: databases (default) -> 32
      stop                   rrepl-demo-redis-1                          # databases (default) -> 32
      write redis.conf       rrepl-demo-redis-1  replicaof redis-2 6379  # databases (default) -> 32
      start                  rrepl-demo-redis-1                          # databases (default) -> 32
      wait until it answers  rrepl-demo-redis-1                          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-1  with redis-2            # replica of redis-2
      "
    `);
  });

  describe('hands over', () => {
    const withPriorities = (...priorities: string[]) => {
      const { nodes, ...rest } = topology();
      return {
        ...rest,
        nodes: nodes.map((node, at) => {
          const priority = priorities[at - 1];
          const own = priority === undefined ? [] : [directive('replica-priority', priority)];
          return { ...node, directives: own };
        }),
      };
    };
    const changed = (before: Topology): Topology => {
      const nodes = before.nodes.map((node) => ({
        ...node,
        directives: [...node.directives, directive('databases', '32')],
      }));
      return { ...before, nodes };
    };
    const plan = (before: Topology) => planOf(changed(before), isUp(before));

    it.each([
      ['never to a replica of priority 0', ['0', '100'], 'redis-3'],
      ['to the lowest priority number', ['100', '10'], 'redis-3'],
      ['to the first of equals', ['100', '100'], 'redis-2'],
    ])('%s', (_, priorities, chosen) => {
      const moves = plan(withPriorities(...priorities)).steps.filter(
        ({ kind }) => kind === 'switchover',
      );
      expect(moves).toEqual([expect.objectContaining({ node: chosen })]);
    });

    it('to nobody, if all have priority 0: then it is refused', () => {
      const none = withPriorities('0', '0');
      expect(refusal(changed(none), isUp(none))).toContain(
        'replica-priority is 0 on redis-2, redis-3; `rrepl switchover redis-2 --name demo`',
      );
    });
  });

  it('is the same as one that is taken away', () => {
    const before = withDirectives(topology({ replicas: 1 }), directive('maxmemory', '1gb'));
    const causes = planOf(topology({ replicas: 1 }), isUp(before)).steps.map((it) => it.cause);
    expect(causes).toContain('maxmemory 1gb -> (default)');
  });

  it('is in the file of a node that is down before it starts', () => {
    const before = topology({ replicas: 1 });
    const wanted = withDirectives(before, directive('databases', '32'));
    const down = { 'redis-1': { state: 'exited' }, 'redis-2': { state: 'exited' } } as const;
    expect(change(wanted, isUp(before, down))).toMatchInlineSnapshot(`
      "
      write redis.conf  rrepl-demo-redis-1  master                  # databases (default) -> 32
      start             rrepl-demo-redis-1                          # databases (default) -> 32
      write redis.conf  rrepl-demo-redis-2  replicaof redis-1 6379  # databases (default) -> 32
      start             rrepl-demo-redis-2                          # databases (default) -> 32
      "
    `);
  });

  it('stops a master without replicas only if its data are saved', () => {
    const before = topology({ replicas: 0 });
    const wanted = withDirectives(before, directive('databases', '32'));
    expect(change(wanted, isUp(before))).toMatchInlineSnapshot(`
      "
      note: redis-1 has no replica to hand over to: nothing answers while it is stopped
      stop              rrepl-demo-redis-1          # databases (default) -> 32
      write redis.conf  rrepl-demo-redis-1  master  # databases (default) -> 32
      start             rrepl-demo-redis-1          # databases (default) -> 32
      "
    `);
    const unsaved = withDirectives(before, directive('save', ''));
    const both = withDirectives(before, directive('save', ''), directive('databases', '32'));
    expect(refusal(both, isUp(unsaved))).toMatchInlineSnapshot(`
      "
      topology demo: redis-1 must be stopped (databases (default) -> 32), and it has neither a replica nor persistence: its data would be lost; \`rrepl scale 1 --name demo\` gives it a replica, \`--set "save=3600 1"\` save points
      "
    `);
  });
});

describe('a directive that says where the data are loaded from', () => {
  const wanted = (replicas: number) =>
    withDirectives(topology({ replicas }), directive('appendonly', 'yes'));
  const down = { 'redis-1': { state: 'exited' }, 'redis-2': { state: 'exited' } } as const;

  it('is set while the server runs', () => {
    expect(change(wanted(0), isUp(topology({ replicas: 0 })))).toMatchInlineSnapshot(`
      "
      set               rrepl-demo-redis-1  appendonly yes  # appendonly no -> yes
      write redis.conf  rrepl-demo-redis-1  master          # appendonly no -> yes
      "
    `);
  });

  it('is refused for a master that is down: it would start with nothing', () => {
    expect(refusal(wanted(1), isUp(topology({ replicas: 1 }), down))).toMatchInlineSnapshot(`
      "
      topology demo: redis-1 has its newest data in an RDB (RDB of 1970-01-01 00:00:00, 1 key, offset 100 of aaaaaaaa) and would start from an AOF that is not there, without them; \`rrepl up --name demo --set appendonly=no\` loads them, and appendonly=yes can be set once it runs
      "
    `);
  });

  it('is no danger for a replica that is down', () => {
    const observed = isUp(topology({ replicas: 1 }), { 'redis-2': { state: 'exited' } });
    expect(refusal(wanted(1), observed)).toBe('none');
  });

  it('is refused for a master alone that must be stopped', () => {
    const both = withDirectives(topology({ replicas: 0 }), directive('dbfilename', 'x.rdb'));
    expect(refusal(both, isUp(topology({ replicas: 0 })))).toMatchInlineSnapshot(`
      "
      topology demo: dbfilename (default) -> x.rdb: started like that redis-1 would not load the data it has saved; \`rrepl scale 1 --name demo\` gives it a replica
      "
    `);
  });
});

describe('another image', () => {
  const wanted = topology({ replicas: 1, image: 'redis:7.0' });
  const runs70 = { imageServer: { product: 'redis', version: '7.0.15' } } as const;

  it('makes every container anew on its volumes, the old master last', () => {
    const observed = { ...isUp(topology({ replicas: 1 })), ...runs70 };
    expect(change(wanted, observed)).toMatchInlineSnapshot(`
      "
      stop              rrepl-demo-redis-2                                     # image redis:6.0 -> redis:7.0
      remove container  rrepl-demo-redis-2                                     # image redis:6.0 -> redis:7.0
      create container  rrepl-demo-redis-2  redis:7.0, 127.0.0.1:6382 -> 6379  # image redis:6.0 -> redis:7.0
      attach            rrepl-demo-redis-2  rrepl-demo_replication             # image redis:6.0 -> redis:7.0
      write redis.conf  rrepl-demo-redis-2  replicaof redis-1 6379             # image redis:6.0 -> redis:7.0
      start             rrepl-demo-redis-2                                     # image redis:6.0 -> redis:7.0
      switch over       rrepl-demo-redis-2  from redis-1                       # redis-1, the master, hands over: image redis:6.0 -> redis:7.0
      stop              rrepl-demo-redis-1                                     # image redis:6.0 -> redis:7.0
      remove container  rrepl-demo-redis-1                                     # image redis:6.0 -> redis:7.0
      create container  rrepl-demo-redis-1  redis:7.0, 127.0.0.1:6381 -> 6379  # image redis:6.0 -> redis:7.0
      attach            rrepl-demo-redis-1  rrepl-demo_replication             # image redis:6.0 -> redis:7.0
      write redis.conf  rrepl-demo-redis-1  replicaof redis-2 6379             # image redis:6.0 -> redis:7.0
      start             rrepl-demo-redis-1                                     # image redis:6.0 -> redis:7.0
      "
    `);
  });

  it('goes on where it was broken off', () => {
    const before = topology({ replicas: 2 });
    const { labels } = isUp(wanted).nodes[0]?.container ?? { labels: {} };
    const done = { labels: { ...labels, 'dev.rrepl.node': 'redis-3', 'dev.rrepl.port': '6383' } };
    const observed = { ...isUp(before, { 'redis-2': null, 'redis-3': done }), ...runs70 };
    expect(change(topology({ image: 'redis:7.0' }), observed)).toMatchInlineSnapshot(`
      "
      create container  rrepl-demo-redis-2  redis:7.0, 127.0.0.1:6382 -> 6379  # its container is gone, its files are there
      attach            rrepl-demo-redis-2  rrepl-demo_replication             # its container is gone, its files are there
      write redis.conf  rrepl-demo-redis-2  replicaof redis-1 6379             # its container is gone, its files are there
      start             rrepl-demo-redis-2                                     # its container is gone, its files are there
      switch over       rrepl-demo-redis-2  from redis-1                       # redis-1, the master, hands over: image redis:6.0 -> redis:7.0
      stop              rrepl-demo-redis-1                                     # image redis:6.0 -> redis:7.0
      remove container  rrepl-demo-redis-1                                     # image redis:6.0 -> redis:7.0
      create container  rrepl-demo-redis-1  redis:7.0, 127.0.0.1:6381 -> 6379  # image redis:6.0 -> redis:7.0
      attach            rrepl-demo-redis-1  rrepl-demo_replication             # image redis:6.0 -> redis:7.0
      write redis.conf  rrepl-demo-redis-1  replicaof redis-2 6379             # image redis:6.0 -> redis:7.0
      start             rrepl-demo-redis-1                                     # image redis:6.0 -> redis:7.0
      "
    `);
  });

  it('that is gone back to half-way takes a new copy where the old one can not be read', () => {
    const before = topology({ replicas: 2 });
    const done = isUp(wanted).nodes[0]?.container?.labels ?? {};
    const labels = { ...done, 'dev.rrepl.node': 'redis-3', 'dev.rrepl.port': '6383' };
    const observed = isUp(before, { 'redis-3': { labels } });
    const nodes = observed.nodes.map((it) =>
      it.name === 'redis-3'
        ? {
            ...it,
            server: it.server && {
              ...it.server,
              software: { product: 'redis', version: '7.0.15' } as const,
            },
          }
        : it,
    );
    const imageServer = { product: 'redis', version: '6.0.16' } as const;
    expect(change(before, { ...observed, nodes, imageServer })).toMatchInlineSnapshot(`
      "
      stop              rrepl-demo-redis-3                                     # image redis:7.0 -> redis:6.0
      remove container  rrepl-demo-redis-3                                     # image redis:7.0 -> redis:6.0
      remove volume     rrepl-demo-redis-3-data                                # a copy in a newer format than the image reads
      create volume     rrepl-demo-redis-3-data                                # for a new copy
      create container  rrepl-demo-redis-3  redis:6.0, 127.0.0.1:6383 -> 6379  # image redis:7.0 -> redis:6.0
      attach            rrepl-demo-redis-3  rrepl-demo_replication             # image redis:7.0 -> redis:6.0
      write redis.conf  rrepl-demo-redis-3  replicaof redis-1 6379             # image redis:7.0 -> redis:6.0
      start             rrepl-demo-redis-3                                     # image redis:7.0 -> redis:6.0
      "
    `);
  });

  it('that can not read the data is refused', () => {
    const observed = isUp(wanted);
    const nodes = observed.nodes.map((it) => ({
      ...it,
      server: it.server && {
        ...it.server,
        software: { product: 'redis', version: '7.0.15' } as const,
      },
    }));
    const imageServer = { product: 'redis', version: '6.0.16' } as const;
    const back = topology({ replicas: 1, image: 'redis:6.0' });
    expect(refusal(back, { ...observed, nodes, imageServer })).toMatchInlineSnapshot(`
      "
      topology demo: redis:6.0 runs redis 6.0.16, which reads RDB files up to format 9, and redis 7.0.15 has written the data in format 10: going back is not possible with these data; \`rrepl up --name demo-2 --image redis:6.0\` makes a topology beside it, \`rrepl down --volumes --name demo\` throws the data away
      "
    `);
  });
});

describe('another place for the data', () => {
  it('is filled by replication, one node after the other', () => {
    const wanted = topology({ replicas: 1, dir: '/srv/demo' });
    expect(change(wanted, isUp(topology({ replicas: 1 })))).toMatchInlineSnapshot(`
      "
      stop              rrepl-demo-redis-2                                     # volumes -> folder /srv/demo
      remove container  rrepl-demo-redis-2                                     # volumes -> folder /srv/demo
      create folder     /srv/demo/redis-2/conf                                 # missing
      create folder     /srv/demo/redis-2/data                                 # missing
      create container  rrepl-demo-redis-2  redis:6.0, 127.0.0.1:6382 -> 6379  # volumes -> folder /srv/demo
      attach            rrepl-demo-redis-2  rrepl-demo_replication             # volumes -> folder /srv/demo
      write redis.conf  rrepl-demo-redis-2  replicaof redis-1 6379             # volumes -> folder /srv/demo
      start             rrepl-demo-redis-2                                     # volumes -> folder /srv/demo
      switch over       rrepl-demo-redis-2  from redis-1                       # redis-1, the master, hands over: volumes -> folder /srv/demo
      stop              rrepl-demo-redis-1                                     # volumes -> folder /srv/demo
      remove container  rrepl-demo-redis-1                                     # volumes -> folder /srv/demo
      create folder     /srv/demo/redis-1/conf                                 # missing
      create folder     /srv/demo/redis-1/data                                 # missing
      create container  rrepl-demo-redis-1  redis:6.0, 127.0.0.1:6381 -> 6379  # volumes -> folder /srv/demo
      attach            rrepl-demo-redis-1  rrepl-demo_replication             # volumes -> folder /srv/demo
      write redis.conf  rrepl-demo-redis-1  replicaof redis-2 6379             # volumes -> folder /srv/demo
      start             rrepl-demo-redis-1                                     # volumes -> folder /srv/demo
      "
    `);
  });

  it('is refused where no replica could fill it', () => {
    const alone = topology({ replicas: 0 });
    expect(refusal({ ...alone, dir: '/srv/demo' }, isUp(alone))).toMatchInlineSnapshot(`
      "
      topology demo: the data of redis-1 reach another place only through a replica, from a master that runs; \`rrepl scale 1 --name demo\` gives it a replica
      "
    `);
    const both = topology({ replicas: 1 });
    const down = { 'redis-1': { state: 'exited' }, 'redis-2': { state: 'exited' } } as const;
    expect(refusal({ ...both, dir: '/srv/demo' }, isUp(both, down))).not.toBe('none');
  });
});

it('a failover is no difference', () => {
  const roles = { 'redis-1': 'redis-3', 'redis-2': 'redis-3', 'redis-3': null };
  expect(change(topology(), isUp(topology(), {}, roles))).toMatchInlineSnapshot(`
    "
    note: redis-3 stays the master: its redis.conf says that it is
    nothing to change
    "
  `);
});
