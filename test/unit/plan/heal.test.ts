import { describe, expect, it } from 'vitest';
import { heal } from '../../../src/plan/heal.js';
import type { Plan, Step } from '../../../src/plan/plan.js';
import { changesOf, planText } from '../../../src/plan/plan-text.js';
import { UndecidedError } from '../../../src/plan/undecided.js';
import { ID } from '../../support/fake-redis.js';
import { NOTHING_KNOWN } from '../../support/topologies.js';
import { type Given, type Group, observed } from './nodes.js';

const plan = (group: Group): Plan => heal(observed(group));
const text = (group: Group): string => `\n${planText(plan(group))}`;

/** The steps of a plan that changes nothing. */
const waits = (group: Group): string[] => plan(group).steps.map(({ id }) => id);

/** The steps that change something, with what they wait for. */
const order = (group: Group): string =>
  `\n${changesOf(plan(group))
    .map(({ id, after }) => `${id} <- ${after.map((it) => it.id).join(', ') || '-'}`)
    .join('\n')}\n`;

const master: Given = { file: null };
const replica: Given = { file: 'redis-1' };
const dead: Given = { file: null, state: 'exited' };

const well: Group = { 'redis-1': master, 'redis-2': replica, 'redis-3': replica };

describe('nothing to change', () => {
  it('all is well: it only looks whether that is so', () => {
    expect(planText(plan(well))).toBe('nothing to change\n');
    expect(waits(well)).toEqual([
      'ready redis-1',
      'ready redis-2',
      'sync redis-2',
      'ready redis-3',
      'sync redis-3',
    ]);
  });

  it('a network is gone: nothing that would need it is begun', () => {
    const there = observed({ ...well, 'redis-3': { file: 'redis-1', state: 'exited' } });
    const [control] = there.networks;
    const { steps, gone } = heal({
      ...there,
      networks: there.networks.filter((it) => it !== control),
    });
    expect(steps).toEqual([]);
    expect(gone).toEqual({ nodes: [], networks: [control?.name] });
    expect(changesOf(heal(there))).not.toEqual([]);
  });

  it('names a node that only those who follow it remember', () => {
    const { gone } = heal(observed({ 'redis-2': replica, 'redis-3': { file: '10.0.0.9' } }));
    expect(gone).toEqual({ nodes: ['redis-1'], networks: [] });
  });

  it('no containers, no plan', () => {
    expect(plan({})).toEqual({
      topology: 'demo',
      steps: [],
      first: [],
      notes: [],
      gone: { nodes: [], networks: [] },
    });
  });

  it('a node without a container is not waited for', () => {
    const seen = observed(well);
    const gone = { ...NOTHING_KNOWN, container: null, state: 'gone', port: null } as const;
    const nodes = seen.nodes.map((it) => (it.name === 'redis-3' ? { ...it, ...gone } : it));
    const { steps } = heal({ ...seen, nodes });
    expect(steps.map(({ id }) => id)).toEqual(['ready redis-1', 'ready redis-2', 'sync redis-2']);
  });
});

describe('a replica that slept while the role moved follows the former master, which is a replica now', () => {
  const moved = (upstream: string): Group => ({
    'redis-1': { file: 'redis-3', conf: '#: upstream -\n' },
    'redis-2': { file: 'redis-1', conf: `#: upstream ${upstream}\n` },
    'redis-3': { file: null, conf: '#: upstream redis-1\n' },
  });

  it('follows the master, as it was made to', () => {
    expect(order(moved('redis-1'))).toBe('\nfollow redis-2 <- ready redis-3\n');
  });

  it('stays where somebody has put it since', () => {
    expect(changesOf(plan(moved('redis-3')))).toEqual([]);
  });
});

describe('the master is dead', () => {
  const group = (lost: Given): Group => ({
    'redis-1': lost,
    'redis-2': { ...replica, server: { offset: 80 } },
    'redis-3': { ...replica, server: { offset: 90 } },
  });

  it('and has no AOF: the furthest replica is promoted, the others follow it', () => {
    expect(text(group(dead))).toMatchInlineSnapshot(`
      "
      note: redis-3 is promoted: redis-1, the master, is down and its disk may lack writes
      promote                rrepl-demo-redis-3                     # the master is lost
      wait until it answers  rrepl-demo-redis-3                     # a started container is not yet a server that answers
      write role             rrepl-demo-redis-1  replicaof redis-3  # its redis.conf says master
      start                  rrepl-demo-redis-1                     # it is exited
      wait until it answers  rrepl-demo-redis-1                     # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-1  with redis-3       # replica of redis-3
      re-point               rrepl-demo-redis-2  to redis-3         # it follows redis-1
      wait until it answers  rrepl-demo-redis-2                     # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-3       # replica of redis-3
      "
    `);
    expect(order(group(dead))).toMatchInlineSnapshot(`
      "
      promote redis-3 <- -
      role redis-1 <- -
      start redis-1 <- role redis-1, ready redis-3
      follow redis-2 <- ready redis-3
      "
    `);
  });

  /** An AOF that has all that its server had, which the replicas follow still. */
  const whole: Given = {
    ...dead,
    conf: 'appendonly yes\n',
    aof: {},
    end: { graceful: true, saved: true, aof: true },
  };

  it('and has an AOF that was on to the end: it is started again', () => {
    expect(text(group(whole))).toMatchInlineSnapshot(`
      "
      start                  rrepl-demo-redis-1                # it is exited
      wait until it answers  rrepl-demo-redis-1                # a started container is not yet a server that answers
      wait until it answers  rrepl-demo-redis-2                # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1  # replica of redis-1
      wait until it answers  rrepl-demo-redis-3                # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-1  # replica of redis-1
      "
    `);
  });

  it('and its RDB is of the last offset that a replica has: the same', () => {
    const clean = { ...dead, rdb: { origin: { id: ID, offset: 90 } } };
    expect(text(group(clean))).toBe(text(group(whole)));
  });

  it('and its RDB is older than that: the furthest replica is promoted', () => {
    const behind = { ...dead, rdb: { origin: { id: ID, offset: 89 } } };
    expect(plan(group(behind)).steps.map(({ id }) => id)).toContain('promote redis-3');
  });

  it('and a replica is stopped too: it starts when the next master answers', () => {
    const both: Group = { ...group(dead), 'redis-2': { ...replica, state: 'exited' } };
    expect(order(both)).toMatchInlineSnapshot(`
      "
      promote redis-3 <- -
      role redis-1 <- -
      start redis-1 <- role redis-1, ready redis-3
      role redis-2 <- -
      start redis-2 <- role redis-2, ready redis-3
      "
    `);
  });

  it('and a replica is paused: it wakes up with the old upstream, so it is told the new one', () => {
    const both: Group = { ...group(dead), 'redis-2': { ...replica, state: 'paused' } };
    expect(text(both)).toMatchInlineSnapshot(`
      "
      note: redis-3 is promoted: redis-1, the master, is down and its disk may lack writes
      promote                rrepl-demo-redis-3                          # the master is lost
      wait until it answers  rrepl-demo-redis-3                          # a started container is not yet a server that answers
      write role             rrepl-demo-redis-1  replicaof redis-3       # its redis.conf says master
      start                  rrepl-demo-redis-1                          # it is exited
      wait until it answers  rrepl-demo-redis-1                          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-1  with redis-3            # replica of redis-3
      cut off                rrepl-demo-redis-2  rrepl-demo_replication  # awake, it would copy redis-3's data over its own before they are looked at
      unpause                rrepl-demo-redis-2                          # it is paused
      re-point               rrepl-demo-redis-2  to redis-3              # its redis.conf says replica of redis-1
      wait until it answers  rrepl-demo-redis-2                          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-3            # replica of redis-3
      "
    `);
    expect(order(both)).toMatchInlineSnapshot(`
      "
      promote redis-3 <- -
      role redis-1 <- -
      start redis-1 <- role redis-1, ready redis-3
      cut redis-2 <- -
      unpause redis-2 <- cut redis-2
      follow redis-2 <- unpause redis-2, ready redis-3
      "
    `);
  });
});

describe('a node is paused', () => {
  it('the master wakes up as one', () => {
    expect(text({ ...well, 'redis-1': { ...master, state: 'paused' } })).toMatchInlineSnapshot(`
      "
      unpause                rrepl-demo-redis-1                # it is paused
      wait until it answers  rrepl-demo-redis-1                # a started container is not yet a server that answers
      wait until it answers  rrepl-demo-redis-2                # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1  # replica of redis-1
      wait until it answers  rrepl-demo-redis-3                # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-1  # replica of redis-1
      "
    `);
  });

  it('a replica wakes up as one', () => {
    const group: Group = { ...well, 'redis-3': { ...replica, state: 'paused' } };
    expect(changesOf(plan(group)).map(({ id }) => id)).toEqual(['unpause redis-3']);
  });

  it('a master that was replaced meanwhile never wakes up: killed, told its role, started', () => {
    const group: Group = {
      'redis-1': { ...master, state: 'paused' },
      'redis-2': master,
      'redis-3': { file: 'redis-2' },
    };
    expect(text(group)).toMatchInlineSnapshot(`
      "
      wait until it answers  rrepl-demo-redis-2                            # a started container is not yet a server that answers
      salvage                rrepl-demo-redis-1  what only it was written  # redis-2 may not have all that it was written
      kill                   rrepl-demo-redis-1                            # it was replaced while it was paused: what only its memory has is lost
      write role             rrepl-demo-redis-1  replicaof redis-2         # its redis.conf says master
      start                  rrepl-demo-redis-1                            # it is killed
      wait until it answers  rrepl-demo-redis-1                            # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-1  with redis-2              # replica of redis-2
      wait until it answers  rrepl-demo-redis-3                            # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-2              # replica of redis-2
      "
    `);
    expect(order(group)).toMatchInlineSnapshot(`
      "
      salvage redis-1 <- ready redis-2
      kill redis-1 <- salvage redis-1
      role redis-1 <- kill redis-1
      start redis-1 <- kill redis-1, role redis-1, salvage redis-1, ready redis-2
      "
    `);
  });
});

describe('two masters', () => {
  it('the other one follows, and its replicas go with it', () => {
    const group: Group = {
      'redis-1': { file: null, server: { id: 'c'.repeat(40) } },
      'redis-2': { file: null, server: { id: 'd'.repeat(40), secondId: 'c'.repeat(40) } },
      'redis-3': replica,
    };
    expect(text(group)).toMatchInlineSnapshot(`
      "
      note: several masters: redis-2 stays, redis-1 will follow it
      set aside              rrepl-demo-redis-1  the data on its disk      # redis-2 is not known to have all of it
      wait until it answers  rrepl-demo-redis-2                            # a started container is not yet a server that answers
      salvage                rrepl-demo-redis-1  what only it was written  # redis-2 may not have all that it was written
      re-point               rrepl-demo-redis-1  to redis-2                # it is a second master
      restore                rrepl-demo-redis-1  min-replicas-to-write 0   # writes were refused meanwhile
      wait until it answers  rrepl-demo-redis-1                            # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-1  with redis-2              # replica of redis-2
      re-point               rrepl-demo-redis-3  to redis-2                # it follows redis-1
      wait until it answers  rrepl-demo-redis-3                            # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-2              # replica of redis-2
      "
    `);
    expect(order(group)).toMatchInlineSnapshot(`
      "
      set aside redis-1 <- -
      salvage redis-1 <- ready redis-2
      follow redis-1 <- set aside redis-1, salvage redis-1, ready redis-2
      restore min-replicas-to-write redis-1 <- salvage redis-1, follow redis-1
      follow redis-3 <- ready redis-2
      "
    `);
  });

  it('a switchover that broke off after the promotion is carried through', () => {
    const group: Group = {
      'redis-1': { file: null, minReplicasToWrite: '1000', pingPeriod: '3600' },
      'redis-2': { file: 'redis-1', follows: null },
      'redis-3': replica,
    };
    expect(text(group)).toMatchInlineSnapshot(`
      "
      note: several masters: redis-2 stays, redis-1 will follow it
      rewrite redis.conf     rrepl-demo-redis-2  from what runs               # its redis.conf says otherwise, so a restart would change its role
      wait until it answers  rrepl-demo-redis-2                               # a started container is not yet a server that answers
      re-point               rrepl-demo-redis-1  to redis-2                   # it is a second master
      restore                rrepl-demo-redis-1  min-replicas-to-write 0      # a switchover left it at 1000
      restore                rrepl-demo-redis-1  repl-ping-replica-period 10  # a switchover left it at 3600
      wait until it answers  rrepl-demo-redis-1                               # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-1  with redis-2                 # replica of redis-2
      re-point               rrepl-demo-redis-3  to redis-2                   # it follows redis-1
      wait until it answers  rrepl-demo-redis-3                               # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-2                 # replica of redis-2
      "
    `);
    expect(order(group)).toMatchInlineSnapshot(`
      "
      durable redis-2 <- -
      follow redis-1 <- ready redis-2
      restore min-replicas-to-write redis-1 <- follow redis-1
      restore repl-ping-replica-period redis-1 <- follow redis-1
      follow redis-3 <- ready redis-2
      "
    `);
  });
});

describe('a switchover left its settings', () => {
  const left = (conf: string): Group => ({
    ...well,
    'redis-1': { file: null, conf, minReplicasToWrite: '1000', pingPeriod: '3600' },
  });

  it('the server’s own are restored', () => {
    expect(text(left(''))).toMatchInlineSnapshot(`
      "
      restore                rrepl-demo-redis-1  min-replicas-to-write 0      # a switchover left it at 1000
      restore                rrepl-demo-redis-1  repl-ping-replica-period 10  # a switchover left it at 3600
      wait until it answers  rrepl-demo-redis-1                               # a started container is not yet a server that answers
      wait until it answers  rrepl-demo-redis-2                               # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1                 # replica of redis-1
      wait until it answers  rrepl-demo-redis-3                               # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-1                 # replica of redis-1
      "
    `);
  });

  const restored = (group: Group): string[] =>
    plan(group).steps.flatMap((step) =>
      step.kind === 'restoreSetting' ? [`${step.setting} ${step.value}`] : [],
    );

  it('or those of its file, the last of them', () => {
    const conf = 'min-replicas-to-write 2\nmin-replicas-to-write 1\nrepl-ping-replica-period 3\n';
    expect(restored(left(conf))).toEqual(['min-replicas-to-write 1', 'repl-ping-replica-period 3']);
  });

  it('but not the fence itself, if that got into the file', () => {
    const conf = 'min-replicas-to-write 1000\nrepl-ping-replica-period 3600\n';
    expect(restored(left(conf))).toEqual([
      'min-replicas-to-write 0',
      'repl-ping-replica-period 10',
    ]);
  });

  it('other values are the user’s', () => {
    const own: Group = {
      ...well,
      'redis-1': { file: null, minReplicasToWrite: '2', pingPeriod: '3' },
    };
    expect(restored(own)).toEqual([]);
  });
});

describe('a node is cut off', () => {
  it('from the replication network: it is joined to it by its name', () => {
    const group: Group = { ...well, 'redis-2': { ...replica, networks: ['rrepl-demo'] } };
    expect(text(group)).toMatchInlineSnapshot(`
      "
      wait until it answers  rrepl-demo-redis-1                          # a started container is not yet a server that answers
      connect                rrepl-demo-redis-2  rrepl-demo_replication  # cut off from rrepl-demo_replication
      wait until it answers  rrepl-demo-redis-2                          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1            # replica of redis-1
      wait until it answers  rrepl-demo-redis-3                          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-1            # replica of redis-1
      "
    `);
    expect(plan(group).steps.find(({ kind }) => kind === 'connectNetwork')).toMatchObject({
      network: 'rrepl-demo_replication',
      aliases: ['redis-2'],
      peers: [
        { node: 'redis-1', port: 6381 },
        { node: 'redis-3', port: 6383 },
      ],
      after: [],
    });
  });

  it('from both, and stopped: joined before it is started', () => {
    const group: Group = { ...well, 'redis-2': { ...replica, state: 'exited', networks: [] } };
    expect(order(group)).toMatchInlineSnapshot(`
      "
      connect rrepl-demo redis-2 <- -
      connect rrepl-demo_replication redis-2 <- -
      start redis-2 <- connect rrepl-demo redis-2, connect rrepl-demo_replication redis-2, ready redis-1
      "
    `);
    const [control] = plan(group).steps.filter(({ kind }) => kind === 'connectNetwork');
    expect(control).toMatchObject({ network: 'rrepl-demo', aliases: [], peers: [] });
  });
});

describe('a replica follows', () => {
  it('a node that nobody knows: it is re-pointed to the master', () => {
    expect(text({ ...well, 'redis-3': { file: 'elsewhere' } })).toMatchInlineSnapshot(`
      "
      wait until it answers  rrepl-demo-redis-1                # a started container is not yet a server that answers
      wait until it answers  rrepl-demo-redis-2                # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1  # replica of redis-1
      re-point               rrepl-demo-redis-3  to redis-1    # it follows elsewhere:6379
      wait until it answers  rrepl-demo-redis-3                # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-1  # replica of redis-1
      "
    `);
  });

  it('another replica: a chain is kept, and waited for in its order', () => {
    const group: Group = { ...well, 'redis-2': { file: 'redis-3' } };
    expect(changesOf(plan(group))).toEqual([]);
    expect(waits(group)).toEqual([
      'ready redis-1',
      'ready redis-3',
      'sync redis-3',
      'ready redis-2',
      'sync redis-2',
    ]);
  });

  it('another than its file says: the file is rewritten, or a restart would change its role', () => {
    const group: Group = { ...well, 'redis-3': { file: 'redis-2', follows: 'redis-1' } };
    expect(text(group)).toMatchInlineSnapshot(`
      "
      wait until it answers  rrepl-demo-redis-1                  # a started container is not yet a server that answers
      wait until it answers  rrepl-demo-redis-2                  # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1    # replica of redis-1
      rewrite redis.conf     rrepl-demo-redis-3  from what runs  # its redis.conf says otherwise, so a restart would change its role
      wait until it answers  rrepl-demo-redis-3                  # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-1    # replica of redis-1
      "
    `);
  });

  it('one that follows it: the circle is broken', () => {
    const group: Group = {
      ...well,
      'redis-2': { file: 'redis-3' },
      'redis-3': { file: 'redis-2' },
    };
    expect(text(group)).toMatchInlineSnapshot(`
      "
      wait until it answers  rrepl-demo-redis-1                # a started container is not yet a server that answers
      re-point               rrepl-demo-redis-2  to redis-1    # it follows redis-3
      wait until it answers  rrepl-demo-redis-2                # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1  # replica of redis-1
      wait until it answers  rrepl-demo-redis-3                # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-2  # replica of redis-2
      "
    `);
  });
});

describe('nobody answers', () => {
  it('because everything is stopped: the master first', () => {
    const group: Group = {
      'redis-1': dead,
      'redis-2': { ...replica, state: 'exited' },
      'redis-3': { file: 'redis-2', state: 'exited' },
    };
    expect(text(group)).toMatchInlineSnapshot(`
      "
      start                  rrepl-demo-redis-1                # it is exited
      wait until it answers  rrepl-demo-redis-1                # a started container is not yet a server that answers
      start                  rrepl-demo-redis-2                # it is exited
      wait until it answers  rrepl-demo-redis-2                # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1  # replica of redis-1
      start                  rrepl-demo-redis-3                # it is exited
      wait until it answers  rrepl-demo-redis-3                # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-2  # replica of redis-2
      "
    `);
    expect(order(group)).toMatchInlineSnapshot(`
      "
      start redis-1 <- -
      start redis-2 <- ready redis-1
      start redis-3 <- ready redis-2
      "
    `);
  });

  it('although everything runs: nothing can be done but wait', () => {
    const group: Group = {
      'redis-1': { ...master, silent: true },
      'redis-2': { ...replica, silent: true },
    };
    expect(changesOf(plan(group))).toEqual([]);
    expect(plan(group).steps.map(({ id }) => id)).toEqual([
      'ready redis-1',
      'ready redis-2',
      'sync redis-2',
    ]);
  });

  it('and no file says master, and no disk has data: nothing is lost with any of them', () => {
    const group: Group = { 'redis-2': { ...replica, state: 'exited' } };
    expect(changesOf(plan(group)).map(({ id }) => id)).toEqual(['role redis-2', 'start redis-2']);
  });

  it('and the disks contradict each other: no plan, which must not be taken for a topology that is well', () => {
    const down = { ...replica, state: 'exited', rdb: {} } as const;
    expect(() => plan({ 'redis-2': down, 'redis-3': down })).toThrow(UndecidedError);
  });
});

describe('whatever is planned', () => {
  const groups: Group[] = [
    well,
    { ...well, 'redis-1': dead },
    { ...well, 'redis-1': { ...master, state: 'paused' }, 'redis-2': master },
    { ...well, 'redis-2': { ...replica, state: 'exited', networks: [] } },
  ];

  it('every step waits for earlier steps of the same plan, and no id occurs twice', () => {
    for (const group of groups) {
      const seen = new Set<Step>();
      const { steps } = plan(group);
      const ids = steps.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const step of steps) {
        expect(step.after.filter((it) => !seen.has(it))).toEqual([]);
        seen.add(step);
      }
    }
  });

  it('every step touches the port on the host that the node has', () => {
    const ports = plan({ ...well, 'redis-1': dead }).steps.flatMap((step) =>
      'port' in step ? [`${step.node} ${step.port}`] : [],
    );
    expect(new Set(ports)).toEqual(new Set(['redis-1 6381', 'redis-2 6382', 'redis-3 6383']));
  });
});
