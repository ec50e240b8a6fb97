import { describe, expect, it } from 'vitest';
import { messageOf } from '../../../src/cli/hints/index.js';
import { InvalidTopologyError } from '../../../src/errors.js';
import type { ObservedForWish } from '../../../src/observe/observed.js';
import type { Plan } from '../../../src/plan/plan.js';
import { changesOf, planText } from '../../../src/plan/plan-text.js';
import { shownPlan } from '../../../src/plan/preparation.js';
import { UndecidedError } from '../../../src/plan/undecided.js';
import type { Topology } from '../../../src/topology/topology.js';
import {
  CONTAINERS,
  chain,
  type Decided,
  isUp,
  nothing,
  planOf,
  topology,
} from '../../support/topologies.js';

const text = (wanted: Topology, observed: ObservedForWish): string =>
  `\n${planText(planOf(wanted, observed))}`;

/** Each step with what it waits for. */
const order = (plan: Plan): string =>
  `\n${plan.steps.map(({ id, after }) => `${id} <- ${after.map((it) => it.id).join(', ') || '-'}`).join('\n')}\n`;

function problems(wanted: Topology, observed: ObservedForWish, decided?: Decided): string {
  try {
    planOf(wanted, observed, decided);
  } catch (error) {
    if (error instanceof InvalidTopologyError) return `\n${messageOf(error)}\n`;
    throw error;
  }
  return 'none';
}

describe('on an engine that has nothing', () => {
  it('creates a master and two replicas', () => {
    const wanted = topology();
    expect(text(wanted, nothing(wanted))).toMatchInlineSnapshot(`
      "
      create network         rrepl-demo                                             # missing
      create network         rrepl-demo_replication                                 # missing
      create volume          rrepl-demo-redis-1-conf                                # missing
      create volume          rrepl-demo-redis-1-data                                # missing
      create container       rrepl-demo-redis-1  redis:6.0, 127.0.0.1:6381 -> 6379  # missing
      attach                 rrepl-demo-redis-1  rrepl-demo_replication             # missing
      write redis.conf       rrepl-demo-redis-1  master                             # missing
      start                  rrepl-demo-redis-1                                     # missing
      wait until it answers  rrepl-demo-redis-1                                     # a started container is not yet a server that answers
      create volume          rrepl-demo-redis-2-conf                                # missing
      create volume          rrepl-demo-redis-2-data                                # missing
      create container       rrepl-demo-redis-2  redis:6.0, 127.0.0.1:6382 -> 6379  # missing
      attach                 rrepl-demo-redis-2  rrepl-demo_replication             # missing
      write redis.conf       rrepl-demo-redis-2  replicaof redis-1 6379             # missing
      start                  rrepl-demo-redis-2                                     # missing
      wait until it answers  rrepl-demo-redis-2                                     # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1                       # replica of redis-1
      create volume          rrepl-demo-redis-3-conf                                # missing
      create volume          rrepl-demo-redis-3-data                                # missing
      create container       rrepl-demo-redis-3  redis:6.0, 127.0.0.1:6383 -> 6379  # missing
      attach                 rrepl-demo-redis-3  rrepl-demo_replication             # missing
      write redis.conf       rrepl-demo-redis-3  replicaof redis-1 6379             # missing
      start                  rrepl-demo-redis-3                                     # missing
      wait until it answers  rrepl-demo-redis-3                                     # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-1                       # replica of redis-1
      "
    `);
  });

  it('orders the steps so that no replica starts before its upstream answers', () => {
    const wanted = topology({ nodes: chain(3) });
    expect(order(planOf(wanted, nothing(wanted)))).toMatchInlineSnapshot(`
      "
      createNetwork rrepl-demo <- -
      createNetwork rrepl-demo_replication <- -
      createVolume rrepl-demo-redis-1-conf <- -
      createVolume rrepl-demo-redis-1-data <- -
      create redis-1 <- createNetwork rrepl-demo, createVolume rrepl-demo-redis-1-conf, createVolume rrepl-demo-redis-1-data
      attach redis-1 <- createNetwork rrepl-demo_replication, create redis-1
      configure redis-1 <- create redis-1
      start redis-1 <- configure redis-1, attach redis-1
      ready redis-1 <- start redis-1
      createVolume rrepl-demo-redis-2-conf <- -
      createVolume rrepl-demo-redis-2-data <- -
      create redis-2 <- createNetwork rrepl-demo, createVolume rrepl-demo-redis-2-conf, createVolume rrepl-demo-redis-2-data
      attach redis-2 <- createNetwork rrepl-demo_replication, create redis-2
      configure redis-2 <- create redis-2
      start redis-2 <- configure redis-2, attach redis-2, ready redis-1
      ready redis-2 <- start redis-2
      sync redis-2 <- ready redis-2, ready redis-1
      createVolume rrepl-demo-redis-3-conf <- -
      createVolume rrepl-demo-redis-3-data <- -
      create redis-3 <- createNetwork rrepl-demo, createVolume rrepl-demo-redis-3-conf, createVolume rrepl-demo-redis-3-data
      attach redis-3 <- createNetwork rrepl-demo_replication, create redis-3
      configure redis-3 <- create redis-3
      start redis-3 <- configure redis-3, attach redis-3, ready redis-2
      ready redis-3 <- start redis-3
      sync redis-3 <- ready redis-3, ready redis-2, sync redis-2
      "
    `);
  });

  it('creates a chain', () => {
    const wanted = topology({ nodes: chain(3) });
    expect(text(wanted, nothing(wanted))).toMatchInlineSnapshot(`
      "
      create network         rrepl-demo                                             # missing
      create network         rrepl-demo_replication                                 # missing
      create volume          rrepl-demo-redis-1-conf                                # missing
      create volume          rrepl-demo-redis-1-data                                # missing
      create container       rrepl-demo-redis-1  redis:6.0, 127.0.0.1:6381 -> 6379  # missing
      attach                 rrepl-demo-redis-1  rrepl-demo_replication             # missing
      write redis.conf       rrepl-demo-redis-1  master                             # missing
      start                  rrepl-demo-redis-1                                     # missing
      wait until it answers  rrepl-demo-redis-1                                     # a started container is not yet a server that answers
      create volume          rrepl-demo-redis-2-conf                                # missing
      create volume          rrepl-demo-redis-2-data                                # missing
      create container       rrepl-demo-redis-2  redis:6.0, 127.0.0.1:6382 -> 6379  # missing
      attach                 rrepl-demo-redis-2  rrepl-demo_replication             # missing
      write redis.conf       rrepl-demo-redis-2  replicaof redis-1 6379             # missing
      start                  rrepl-demo-redis-2                                     # missing
      wait until it answers  rrepl-demo-redis-2                                     # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1                       # replica of redis-1
      create volume          rrepl-demo-redis-3-conf                                # missing
      create volume          rrepl-demo-redis-3-data                                # missing
      create container       rrepl-demo-redis-3  redis:6.0, 127.0.0.1:6383 -> 6379  # missing
      attach                 rrepl-demo-redis-3  rrepl-demo_replication             # missing
      write redis.conf       rrepl-demo-redis-3  replicaof redis-2 6379             # missing
      start                  rrepl-demo-redis-3                                     # missing
      wait until it answers  rrepl-demo-redis-3                                     # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-2                       # replica of redis-2
      "
    `);
  });

  it('pulls an image that the engine does not have, and creates containers after that', () => {
    const wanted = topology({ replicas: 0, image: 'redis:7.4' });
    const plan = planOf(wanted, nothing(wanted, { image: null }));
    expect(`\n${planText(plan)}`).toMatchInlineSnapshot(`
      "
      pull image             redis:7.4                                              # the engine does not have it
      create network         rrepl-demo                                             # missing
      create network         rrepl-demo_replication                                 # missing
      create volume          rrepl-demo-redis-1-conf                                # missing
      create volume          rrepl-demo-redis-1-data                                # missing
      create container       rrepl-demo-redis-1  redis:7.4, 127.0.0.1:6381 -> 6379  # missing
      attach                 rrepl-demo-redis-1  rrepl-demo_replication             # missing
      write redis.conf       rrepl-demo-redis-1  master                             # missing
      start                  rrepl-demo-redis-1                                     # missing
      wait until it answers  rrepl-demo-redis-1                                     # a started container is not yet a server that answers
      "
    `);
    const [pull] = plan.steps;
    expect(pull?.kind).toBe('pullImage');
    expect(plan.steps.find(({ kind }) => kind === 'createContainer')?.after).toContain(pull);
  });

  it('creates folders under --dir, and takes those that are there', () => {
    const wanted = topology({ replicas: 1, dir: '/home/ada/demo' });
    const folders = new Set(['/home/ada/demo/redis-1/conf', '/home/ada/demo/redis-1/data']);
    const plan = planOf(wanted, nothing(wanted, { folders, owner: '1000:1000' }));
    expect(`\n${planText(plan)}`).toMatchInlineSnapshot(`
      "
      create network         rrepl-demo                                             # missing
      create network         rrepl-demo_replication                                 # missing
      create container       rrepl-demo-redis-1  redis:6.0, 127.0.0.1:6381 -> 6379  # missing
      attach                 rrepl-demo-redis-1  rrepl-demo_replication             # missing
      write redis.conf       rrepl-demo-redis-1  master                             # missing
      start                  rrepl-demo-redis-1                                     # missing
      wait until it answers  rrepl-demo-redis-1                                     # a started container is not yet a server that answers
      create folder          /home/ada/demo/redis-2/conf                            # missing
      create folder          /home/ada/demo/redis-2/data                            # missing
      create container       rrepl-demo-redis-2  redis:6.0, 127.0.0.1:6382 -> 6379  # missing
      attach                 rrepl-demo-redis-2  rrepl-demo_replication             # missing
      write redis.conf       rrepl-demo-redis-2  replicaof redis-1 6379             # missing
      start                  rrepl-demo-redis-2                                     # missing
      wait until it answers  rrepl-demo-redis-2                                     # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1                       # replica of redis-1
      "
    `);
    const specs = plan.steps.flatMap((step) =>
      step.kind === 'createContainer' ? [step.spec] : [],
    );
    expect(specs[0]).toMatchObject({
      user: '1000:1000',
      mounts: [
        { kind: 'folder', source: '/home/ada/demo/redis-1/conf', target: '/usr/local/etc/redis' },
        { kind: 'folder', source: '/home/ada/demo/redis-1/data', target: '/data' },
      ],
    });
  });

  it('gives a node whose disk is to be small a tmpfs for its data, and no volume', () => {
    const usual = topology({ replicas: 1 });
    const nodes = usual.nodes.map((it) => (it.upstream ? { ...it, dataBytes: 4096 } : it));
    const wanted = { ...usual, nodes };
    const { steps } = planOf(wanted, nothing(wanted));
    const volumes = steps.flatMap(({ kind, resource }) =>
      kind === 'createVolume' ? resource : [],
    );
    expect(volumes).toEqual([
      'rrepl-demo-redis-1-conf',
      'rrepl-demo-redis-1-data',
      'rrepl-demo-redis-2-conf',
    ]);
    const specs = steps.flatMap((step) => (step.kind === 'createContainer' ? step.spec : []));
    expect(specs[1]?.mounts[1]).toEqual({ kind: 'tmpfs', bytes: 4096, target: '/data' });
  });

  it('uses volumes that were kept', () => {
    const wanted = topology({ replicas: 1 });
    const observed = isUp(wanted, { 'redis-1': null, 'redis-2': null });
    expect(text(wanted, { ...observed, networks: [] })).toMatchInlineSnapshot(`
      "
      create network         rrepl-demo                                             # missing
      create network         rrepl-demo_replication                                 # missing
      create container       rrepl-demo-redis-1  redis:6.0, 127.0.0.1:6381 -> 6379  # its container is gone, its files are there
      attach                 rrepl-demo-redis-1  rrepl-demo_replication             # its container is gone, its files are there
      write redis.conf       rrepl-demo-redis-1  master                             # its container is gone, its files are there
      start                  rrepl-demo-redis-1                                     # its container is gone, its files are there
      wait until it answers  rrepl-demo-redis-1                                     # a started container is not yet a server that answers
      create container       rrepl-demo-redis-2  redis:6.0, 127.0.0.1:6382 -> 6379  # its container is gone, its files are there
      attach                 rrepl-demo-redis-2  rrepl-demo_replication             # its container is gone, its files are there
      write redis.conf       rrepl-demo-redis-2  replicaof redis-1 6379             # its container is gone, its files are there
      start                  rrepl-demo-redis-2                                     # its container is gone, its files are there
      wait until it answers  rrepl-demo-redis-2                                     # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1                       # replica of redis-1
      "
    `);
  });
});

describe('on a topology that is there', () => {
  it('has nothing to change, and still waits for every node', () => {
    const wanted = topology();
    const plan = planOf(wanted, isUp(wanted));
    expect(changesOf(plan)).toEqual([]);
    expect(planText(plan)).toBe('nothing to change\n');
    expect(plan.steps.map(({ id }) => id)).toEqual([
      'ready redis-1',
      'ready redis-2',
      'sync redis-2',
      'ready redis-3',
      'sync redis-3',
    ]);
  });

  it('creates only the container that is gone', () => {
    const wanted = topology();
    expect(text(wanted, isUp(wanted, { 'redis-3': null }))).toMatchInlineSnapshot(`
      "
      wait until it answers  rrepl-demo-redis-1                                     # a started container is not yet a server that answers
      wait until it answers  rrepl-demo-redis-2                                     # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1                       # replica of redis-1
      create container       rrepl-demo-redis-3  redis:6.0, 127.0.0.1:6383 -> 6379  # its container is gone, its files are there
      attach                 rrepl-demo-redis-3  rrepl-demo_replication             # its container is gone, its files are there
      write redis.conf       rrepl-demo-redis-3  replicaof redis-1 6379             # its container is gone, its files are there
      start                  rrepl-demo-redis-3                                     # its container is gone, its files are there
      wait until it answers  rrepl-demo-redis-3                                     # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-1                       # replica of redis-1
      "
    `);
  });

  it('starts, unpauses and reconnects', () => {
    const wanted = topology({ replicas: 3 });
    const control = { name: 'rrepl-demo', address: '10.1.0.9' };
    const replication = { name: 'rrepl-demo_replication', address: '10.0.0.9' };
    const observed = isUp(wanted, {
      'redis-1': { state: 'exited' },
      'redis-2': { state: 'paused' },
      'redis-3': { networks: [control] },
      'redis-4': { state: 'paused', networks: [replication] },
    });
    const plan = planOf(wanted, observed);
    expect(`\n${planText(plan)}`).toMatchInlineSnapshot(`
      "
      start                  rrepl-demo-redis-1                          # it is exited
      wait until it answers  rrepl-demo-redis-1                          # a started container is not yet a server that answers
      cut off                rrepl-demo-redis-2  rrepl-demo_replication  # awake, it would copy redis-1's data over its own before they are looked at
      unpause                rrepl-demo-redis-2                          # it is paused
      wait until it answers  rrepl-demo-redis-2                          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-2  with redis-1            # replica of redis-1
      connect                rrepl-demo-redis-3  rrepl-demo_replication  # cut off from rrepl-demo_replication
      wait until it answers  rrepl-demo-redis-3                          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-1            # replica of redis-1
      connect                rrepl-demo-redis-4  rrepl-demo              # cut off from rrepl-demo
      cut off                rrepl-demo-redis-4  rrepl-demo_replication  # awake, it would copy redis-1's data over its own before they are looked at
      unpause                rrepl-demo-redis-4                          # it is paused
      wait until it answers  rrepl-demo-redis-4                          # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-4  with redis-1            # replica of redis-1
      "
    `);
    expect(`\n${planText(shownPlan(plan, observed))}`).toMatchInlineSnapshot(`
      "
      note: the data of redis-2, redis-4 can be looked at only then: \`up\` does this first, and decides the rest by what it finds
      cut off  rrepl-demo-redis-2  rrepl-demo_replication  # awake, it would copy redis-1's data over its own before they are looked at
      unpause  rrepl-demo-redis-2                          # it is paused
      cut off  rrepl-demo-redis-4  rrepl-demo_replication  # awake, it would copy redis-1's data over its own before they are looked at
      unpause  rrepl-demo-redis-4                          # it is paused
      "
    `);
    expect(order(plan)).toMatchInlineSnapshot(`
      "
      start redis-1 <- -
      ready redis-1 <- start redis-1
      cut redis-2 <- -
      unpause redis-2 <- cut redis-2
      ready redis-2 <- unpause redis-2
      sync redis-2 <- ready redis-2, ready redis-1
      connect rrepl-demo_replication redis-3 <- -
      ready redis-3 <- connect rrepl-demo_replication redis-3
      sync redis-3 <- ready redis-3, ready redis-1
      connect rrepl-demo redis-4 <- -
      cut redis-4 <- -
      unpause redis-4 <- cut redis-4
      ready redis-4 <- unpause redis-4, connect rrepl-demo redis-4
      sync redis-4 <- ready redis-4, ready redis-1
      "
    `);
  });

  it('gives a node its alias on the replication network only', () => {
    const wanted = topology({ replicas: 0 });
    const plan = planOf(wanted, isUp(wanted, { 'redis-1': { networks: [] } }));
    const aliases = plan.steps.map((step) => step.kind === 'connectNetwork' && step.aliases);
    expect(aliases.slice(0, 2)).toEqual([[], ['redis-1']]);
  });

  it.each([
    ['exited', ['start redis-1']],
    ['dead', ['start redis-1']],
    // It may lack its redis.conf.
    ['created', ['configure redis-1', 'start redis-1']],
  ] as const)('starts a node that is %s', (state, steps) => {
    const wanted = topology({ replicas: 0 });
    const plan = planOf(wanted, isUp(wanted, { 'redis-1': { state } }));
    expect(changesOf(plan).map(({ id }) => id)).toEqual(steps);
  });

  it('leaves a node alone that the engine is restarting', () => {
    const wanted = topology({ replicas: 0 });
    const plan = planOf(wanted, isUp(wanted, { 'redis-1': { state: 'restarting' } }));
    expect(changesOf(plan)).toEqual([]);
  });

  it('follows a master that was promoted, also with a node that is created anew', () => {
    const wanted = topology();
    const observed = isUp(wanted, { 'redis-1': null }, { 'redis-2': null, 'redis-3': 'redis-2' });
    expect(text(wanted, observed)).toMatchInlineSnapshot(`
      "
      note: redis-2 stays the master: its redis.conf says that it is
      wait until it answers  rrepl-demo-redis-2                                     # a started container is not yet a server that answers
      create container       rrepl-demo-redis-1  redis:6.0, 127.0.0.1:6381 -> 6379  # its container is gone, its files are there
      attach                 rrepl-demo-redis-1  rrepl-demo_replication             # its container is gone, its files are there
      write redis.conf       rrepl-demo-redis-1  replicaof redis-2 6379             # its container is gone, its files are there
      start                  rrepl-demo-redis-1                                     # its container is gone, its files are there
      wait until it answers  rrepl-demo-redis-1                                     # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-1  with redis-2                       # replica of redis-2
      wait until it answers  rrepl-demo-redis-3                                     # a started container is not yet a server that answers
      wait until in sync     rrepl-demo-redis-3  with redis-2                       # replica of redis-2
      "
    `);
  });
});

describe('what can not be', () => {
  it('is told at once', () => {
    const wanted = topology({ replicas: 0, port: { first: 6381, asked: true } });
    const observed = isUp(wanted, { 'redis-1': null });
    const takenPorts = [{ port: 6381, holder: 'container web' }];
    expect(problems(wanted, { ...observed, takenPorts })).toMatchInlineSnapshot(`
      "
      port: port 6381, wanted for redis-1, is taken by container web; choose another, or leave it out to get the next free one
      "
    `);
  });

  it('a node that would go with the last copy of something', () => {
    const wanted = topology({ replicas: 1 });
    const seen = isUp(topology({ replicas: 2 }));
    expect(problems(wanted, seen)).toBe('none');
    expect(problems(wanted, { ...seen, setAside: new Set(['redis-2']) })).toBe('none');
    expect(problems(wanted, { ...seen, setAside: new Set(['redis-3']) })).toMatchInlineSnapshot(`
      "
      topology demo: redis-3 would go with data that are set aside on it
      "
    `);
    const cutOff = seen.nodes.map((it) =>
      it.name === 'redis-3' && it.server
        ? {
            ...it,
            server: {
              ...it.server,
              replication: {
                ...it.server.replication,
                id: 'c'.repeat(40),
                offset: 900,
                link: null,
              },
            },
          }
        : it,
    );
    expect(problems(wanted, { ...seen, nodes: cutOff })).toMatchInlineSnapshot(`
      "
      topology demo: redis-3 would go with its data, and redis-1 is not known to have all of them
      "
    `);
  });

  it('a role that has moved is no change of the wish', () => {
    const wanted = topology({ replicas: 1 });
    const roles = { 'redis-1': 'redis-2', 'redis-2': null };
    expect(problems(wanted, isUp(wanted, {}, roles))).toBe('none');
  });
});

describe('a container', () => {
  const spec = (wanted: Topology, more: Partial<ObservedForWish> = {}) => {
    const { steps } = planOf(wanted, nothing(wanted, more));
    const step = steps.find(({ kind }) => kind === 'createContainer');
    return step?.kind === 'createContainer' ? step.spec : undefined;
  };

  it('runs the image as it is meant to be run, on this machine only', () => {
    expect(spec(topology())).toEqual({
      name: 'rrepl-demo-redis-1',
      image: 'redis:6.0',
      command: ['redis-server', '/usr/local/etc/redis/redis.conf'],
      user: null,
      labels: expect.anything(),
      mounts: [
        {
          kind: 'volume',
          source: 'rrepl-demo-redis-1-conf',
          target: '/usr/local/etc/redis',
        },
        { kind: 'volume', source: 'rrepl-demo-redis-1-data', target: '/data' },
      ],
      networks: [{ name: 'rrepl-demo', aliases: [] }],
      publish: { hostIps: ['127.0.0.1'], hostPort: 6381, containerPort: 6379 },
      stopTimeoutS: 15,
      restart: 'no',
      capabilities: ['CHOWN', 'DAC_OVERRIDE', 'SETGID', 'SETPCAP', 'SETUID'],
      memoryBytes: null,
      cpus: null,
    });
  });

  it('needs no capability where nothing starts as root', () => {
    const image = { id: 'x', command: ['redis-server'], env: [], user: '1001' };
    expect(spec(topology(), { image })?.capabilities).toEqual([]);
    const inFolder = topology({ dir: '/srv/demo' });
    expect(spec(inFolder, { owner: '1000:1000' })?.capabilities).toEqual([]);
    expect(spec(inFolder)?.capabilities).toContain('SETUID');
  });

  it.each([
    ['127.0.0.1', ['127.0.0.1']],
    ['0.0.0.0', ['0.0.0.0']],
    ['10.0.0.7', ['127.0.0.1', '10.0.0.7']],
    ['::', ['127.0.0.1', '::']],
  ])('published on %s is on %o, so that rrepl always reaches it', (bind, hostIps) => {
    const wanted = topology({ containers: { ...CONTAINERS, bind } });
    expect(spec(wanted)?.publish.hostIps).toEqual(hostIps);
  });

  it('has the limits and the restart policy that are wanted', () => {
    const containers = { ...CONTAINERS, restart: 'always', memoryBytes: 1e9, cpus: 0.5 } as const;
    expect(spec(topology({ containers }))).toMatchObject({
      restart: 'always',
      memoryBytes: 1e9,
      cpus: 0.5,
    });
  });

  it("runs the image's own server", () => {
    const image = { id: 'x', command: ['valkey-server'], env: [], user: '' };
    expect(spec(topology(), { image })?.command[0]).toBe('valkey-server');
  });

  it('has files that belong to whom the image starts as', () => {
    const image = { id: 'x', command: ['redis-server'], env: [], user: '1001' };
    const wanted = topology({ replicas: 0 });
    const { steps } = planOf(wanted, nothing(wanted, { image }));
    const written = steps.find((step) => step.kind === 'writeConfig');
    expect(written).toMatchObject({ user: '1001' });
    expect(spec(wanted, { image })?.user).toBeNull();
  });
});

describe('another image while the master is down and its replicas live', () => {
  const before = topology({ replicas: 1 });
  const wanted = topology({ replicas: 1, image: 'redis:7.0' });
  const runs70 = { imageServer: { product: 'redis', version: '7.0.15' } } as const;

  it('brings the master back as it was first: older servers can not read what a newer one sends', () => {
    const observed = { ...isUp(before, { 'redis-1': { state: 'exited' } }), ...runs70 };
    const { steps } = planOf(wanted, observed);
    const ids = steps.map(({ id }) => id);
    expect(ids.filter((id) => !/^(ready|sync) /.test(id))).toEqual([
      'start redis-1',
      'stop redis-2',
      'remove redis-2',
      'create redis-2',
      'attach redis-2',
      'configure redis-2',
      'start redis-2',
      'switchover redis-2',
      'stop redis-1',
      'remove redis-1',
      'create redis-1',
      'attach redis-1',
      'configure redis-1',
      'start redis-1 again',
    ]);
    expect(new Set(ids).size).toBe(ids.length);
    const last = steps.find(({ id }) => id === 'ready redis-1 after redis-1');
    expect(last?.after.map(({ id }) => id)).toContain('start redis-1 again');
  });

  it('makes all of them anew at once if no server runs', () => {
    const down = { 'redis-1': { state: 'exited' }, 'redis-2': { state: 'exited' } } as const;
    const { steps } = planOf(wanted, { ...isUp(before, down), ...runs70 });
    expect(steps.filter(({ kind }) => kind === 'startContainer').map(({ id }) => id)).toEqual([
      'start redis-1',
      'start redis-2',
    ]);
    expect(steps.map(({ id }) => id)).not.toContain('switchover redis-2');
  });

  it('leaves a master that never ran to the new image', () => {
    const observed = { ...isUp(before, { 'redis-1': { state: 'created' } }), ...runs70 };
    const lone = {
      ...observed,
      nodes: observed.nodes.map((it) => ({ ...it, server: null })),
    };
    expect(planOf(wanted, lone).steps.map(({ id }) => id)).not.toContain('start redis-1 again');
  });

  /** Its container is gone, and its folder under --dir tells of it. */
  const gone = (state: 'running' | 'exited'): ObservedForWish => {
    const under = { ...before, dir: '/home/ada/demo' };
    const seen = isUp(under, { 'redis-1': { state: 'exited' }, 'redis-2': { state } });
    const nodes = seen.nodes.map((it) =>
      it.name === 'redis-1' ? { ...it, container: null, state: 'gone' as const } : it,
    );
    return { ...seen, ...runs70, nodes };
  };
  const under70 = { ...wanted, dir: '/home/ada/demo' };

  it('is refused if its container is gone: that comes back with the old image', () => {
    expect(problems(under70, gone('running'))).toMatchInlineSnapshot(`
      "
      topology demo: the container of redis-1, the master, is gone, and its image can't be changed before it is back; \`rrepl up --name demo --image redis:6.0\` comes first
      "
    `);
  });

  it('is not if no server runs', () => {
    expect(problems(under70, gone('exited'))).toBe('none');
  });

  it('is refused if the master that was chosen would not load its data with the redis.conf that it has', () => {
    const seen = isUp(before, { 'redis-1': { state: 'exited' } });
    const nodes = seen.nodes.map((it) => ({
      ...it,
      config: `${it.config}\nappendonly yes\n`,
    }));
    const chosen = { master: 'redis-1' };
    expect(problems(wanted, { ...seen, ...runs70, nodes }, chosen)).toContain(
      'redis-1 has its newest data in an RDB',
    );
  });
});

it('promotes no replica of priority 0, and does not start a lost master over it instead', () => {
  const wanted = topology({ replicas: 1 });
  const seen = isUp(wanted, { 'redis-1': { state: 'exited' } });
  const withPriority = (priority: number) => ({
    ...seen,
    nodes: seen.nodes.map((it) => ({
      ...it,
      disk: null,
      server: it.server && { ...it.server, replication: { ...it.server.replication, priority } },
    })),
  });
  const refused = () => planOf(wanted, withPriority(0));
  expect(refused).toThrow(UndecidedError);
  expect(refused).toThrow(/\n {2}redis-2 answers; .*, replica-priority 0$/);
  const { steps } = planOf(wanted, withPriority(100));
  expect(steps.map(({ id }) => id)).toContain('promote redis-2');
});
