import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { healRoles } from '../../../src/plan/heal-roles.js';
import { amount } from '../../support/amount.js';
import { ID } from '../../support/fake-redis.js';
import { type Given, type Group, NOW, nodesOf } from './nodes.js';

const OLD = 'a'.repeat(40);
const NEW = 'b'.repeat(40);

function roles(group: Group, wanted: string | null = null) {
  const { upstreams, promoted, notes } = healRoles(nodesOf(group), wanted);
  return { nodes: [...upstreams].map(([name, above]) => `${name} <- ${above}`), promoted, notes };
}

const masterOf = (group: Group): string | undefined =>
  [...healRoles(nodesOf(group)).upstreams].find(([, upstream]) => upstream === null)?.[0];

const master: Given = { file: null };
const replica: Given = { file: 'redis-1' };
const dead: Given = { file: null, state: 'exited' };

describe('nothing is wrong', () => {
  it('everybody keeps the role', () => {
    expect(roles({ 'redis-1': master, 'redis-2': replica, 'redis-3': replica })).toEqual({
      nodes: ['redis-1 <- null', 'redis-2 <- redis-1', 'redis-3 <- redis-1'],
      promoted: null,
      notes: [],
    });
  });

  it('a chain is kept', () => {
    const group = { 'redis-1': master, 'redis-2': replica, 'redis-3': { file: 'redis-2' } };
    expect(roles(group).nodes).toEqual([
      'redis-1 <- null',
      'redis-2 <- redis-1',
      'redis-3 <- redis-2',
    ]);
  });

  it('nothing there, nothing said', () => {
    expect(roles({})).toEqual({ nodes: [], promoted: null, notes: [] });
  });
});

describe('the master is down', () => {
  const group = (lost: Given): Group => ({
    'redis-1': lost,
    'redis-2': { ...replica, server: { offset: 80 } },
    'redis-3': { ...replica, server: { offset: 90 } },
  });
  const at = (offset: number, id = ID) => ({ origin: { id, offset } });
  const clean = { graceful: true, aof: true, saved: true };
  const withAof = { ...dead, conf: 'appendonly yes\n', aof: {} };

  it.each<[string, Given]>([
    ['nothing is on its disk', dead],
    ['its RDB is older than what they have', { ...dead, rdb: at(89) }],
    [
      'its RDB is of another stream, and was made before they lost it',
      { ...dead, rdb: at(999, NEW) },
    ],
    [
      'its AOF lacks their last writes, whatever its redis.conf says',
      { ...withAof, aofHolds: 'lacks' },
    ],
    ['its AOF may hold them: nothing tells', { ...withAof, aofHolds: 'unknown' }],
    [
      'its AOF was off when it ended, and its RDB is not what it would load',
      { ...withAof, rdb: at(90), end: { ...clean, aof: false }, aofHolds: 'lacks' },
    ],
    [
      'its redis.conf asks for an AOF that is not there',
      { ...dead, conf: 'appendonly yes\n', rdb: at(90) },
    ],
    ['its container is dead', { ...dead, state: 'dead' }],
  ])('the furthest replica is promoted: %s', (_, lost) => {
    expect(roles(group(lost))).toEqual({
      nodes: ['redis-3 <- null', 'redis-1 <- redis-3', 'redis-2 <- redis-3'],
      promoted: 'redis-3',
      notes: ['redis-3 is promoted: redis-1, the master, is down and its disk may lack writes'],
    });
  });

  it.each<[string, Given]>([
    ['its RDB has all that they have', { ...dead, rdb: at(90) }],
    ['its RDB has more', { ...dead, rdb: at(91) }],
    ['its AOF holds their last writes', { ...withAof, aofHolds: 'holds' }],
    [
      'its AOF was on until it ended well, with a last RDB that tells where',
      { ...withAof, rdb: at(90), end: clean },
    ],
    [
      'its AOF was on until it ended well, and they followed it',
      { ...withAof, end: { ...clean, saved: false } },
    ],
    ['it is only paused', { ...dead, state: 'paused' }],
    ['it runs and does not answer: it may be busy', { ...master, silent: true }],
  ])('it comes back as the master: %s', (_, lost) => {
    expect(roles(group(lost))).toEqual({
      nodes: ['redis-1 <- null', 'redis-2 <- redis-1', 'redis-3 <- redis-1'],
      promoted: null,
      notes: [],
    });
  });

  it('a replica that is down leads if its disk is further than all that answer', () => {
    const stale = { ...replica, server: { offset: 80 }, heardMs: NOW - 60_000 };
    const all: Group = {
      'redis-1': dead,
      'redis-2': stale,
      'redis-3': { ...replica, state: 'exited', rdb: at(2128) },
    };
    expect(roles(all)).toEqual({
      nodes: ['redis-3 <- null', 'redis-1 <- redis-3', 'redis-2 <- redis-3'],
      promoted: null,
      notes: [
        'redis-3 leads: its disk is 2.0 KB ahead of redis-2, the furthest replica that answers',
      ],
    });
  });

  it.each<[string, Given]>([
    ['an RDB of another stream', { ...replica, state: 'exited', rdb: { ...at(5, NEW) } }],
    ['an AOF', { ...replica, state: 'exited', conf: 'appendonly yes\n', aof: { modifiedMs: NOW } }],
    ['an AOF of the master that may hold more', { ...withAof, aofHolds: 'unknown' }],
  ])(
    'nobody is chosen if a node that is down has %s that is newer than their last word',
    (_, down) => {
      const all: Group = {
        'redis-1': dead,
        'redis-2': { ...replica, server: { offset: 80 }, heardMs: NOW - 60_000 },
        'redis-3': down,
      };
      const found = healRoles(nodesOf(all));
      expect(found.upstreams.size).toBe(0);
      expect(found.undecided.map(({ node, living }) => [node, living])).toEqual([
        ['redis-2', true],
        ['redis-3', false],
      ]);
      // The user's word counts where nothing else does.
      expect(roles(all, 'redis-3').nodes[0]).toBe('redis-3 <- null');
      expect(roles(all, 'redis-2').promoted).toBe('redis-2');
    },
  );

  it('and nobody else answers: its own data are the best there are', () => {
    const down: Group = {
      'redis-1': dead,
      'redis-2': { ...replica, state: 'exited' },
      'redis-3': { ...replica, silent: true },
    };
    expect(roles(down)).toEqual({
      nodes: ['redis-1 <- null', 'redis-2 <- redis-1', 'redis-3 <- redis-1'],
      promoted: null,
      notes: [],
    });
  });

  it('and gone for good: one of the replicas is promoted', () => {
    expect(roles({ 'redis-2': replica, 'redis-3': replica })).toEqual({
      nodes: ['redis-2 <- null', 'redis-3 <- redis-2'],
      promoted: 'redis-2',
      notes: ['redis-2 is promoted: no node is a master'],
    });
  });

  it('and the replicas differ in their stream: nobody can be told the furthest', () => {
    const split = { ...group(dead), 'redis-3': { ...replica, server: { id: NEW, offset: 999 } } };
    expect(roles(split)).toEqual({ nodes: [], promoted: null, notes: [] });
    expect(healRoles(nodesOf(split)).undecided).toEqual([
      { node: 'redis-2', living: true, has: expect.stringContaining('answers; offset 80 of ') },
      { node: 'redis-3', living: true, has: expect.stringContaining('answers; offset 999 of ') },
    ]);
  });

  it('a replica that was cut off before another was promoted is part of what that one has', () => {
    const past: Given = { ...replica, server: { offset: 70 } };
    const promoted = { id: NEW, secondId: ID, secondOffset: 91, offset: 95 };
    const all = { 'redis-1': dead, 'redis-2': past, 'redis-3': { ...replica, server: promoted } };
    expect(roles(all).promoted).toBe('redis-3');
  });

  it('what follows in a chain keeps its upstream', () => {
    const chain: Group = { ...group(dead), 'redis-4': { file: 'redis-2', server: { offset: 70 } } };
    expect(roles(chain).nodes).toEqual([
      'redis-3 <- null',
      'redis-1 <- redis-3',
      'redis-2 <- redis-3',
      'redis-4 <- redis-2',
    ]);
  });

  it('and everybody stopped after a failover that did not reach its file: the one that is followed', () => {
    const stopped: Group = {
      'redis-1': dead,
      'redis-2': dead,
      'redis-3': { file: 'redis-2', state: 'exited' },
    };
    expect(roles(stopped)).toEqual({
      nodes: ['redis-2 <- null', 'redis-1 <- redis-2', 'redis-3 <- redis-2'],
      promoted: null,
      notes: [],
    });
  });
});

describe('nobody answers', () => {
  const rdb = (offset: number, more: object = {}) => ({ origin: { id: ID, offset }, ...more });
  const off: Given = { ...replica, state: 'exited' };
  const led = (group: Group) => roles(group).nodes[0];

  it.each<[string, Given, Given]>([
    [
      'was killed, and the replica saved later in the same stream',
      { rdb: rdb(10) } as Given,
      { ...off, rdb: rdb(90) },
    ],
    ['has lost its disk', {} as Given, { ...off, rdb: rdb(90) }],
    ['has an empty RDB', { rdb: rdb(90, { keys: 0 }) } as Given, { ...off, rdb: rdb(10) }],
    [
      'saved an older RDB of another stream',
      { rdb: { createdMs: NOW - 60_000, origin: { id: NEW, offset: 900 } } } as Given,
      { ...off, rdb: rdb(90) },
    ],
  ])('the replica leads if the recorded master %s', (_, lost, other) => {
    expect(led({ 'redis-1': { ...dead, ...lost }, 'redis-2': other })).toBe('redis-2 <- null');
  });

  it.each<[string, Given, Given]>([
    ['has the same', { rdb: rdb(90) } as Given, { ...off, rdb: rdb(90) }],
    ['has more', { rdb: rdb(91) } as Given, { ...off, rdb: rdb(90) }],
    [
      'has an AOF, which holds all that a replica ever got',
      { conf: 'appendonly yes\n', aof: {} } as Given,
      { ...off, conf: 'appendonly yes\n', aof: { modifiedMs: NOW + 60_000 } },
    ],
    ['is the only one with data', { rdb: rdb(1) } as Given, off],
  ])('the recorded master leads if it %s', (_, lost, other) => {
    expect(led({ 'redis-1': { ...dead, ...lost }, 'redis-2': other })).toBe('redis-1 <- null');
  });

  it('says what both have if another one leads', () => {
    const group = { 'redis-1': { ...dead, rdb: rdb(10) }, 'redis-2': { ...off, rdb: rdb(90) } };
    expect(roles(group).notes).toEqual([
      'redis-2 leads: its disk (RDB of 2026-01-01 12:00:00, 3 keys, offset 90 of aaaaaaaa) has more than that of redis-1, the last master (RDB of 2026-01-01 12:00:00, 3 keys, offset 10 of aaaaaaaa)',
    ]);
  });
});

describe('a replica whose file says master', () => {
  it('is no lost master: the real one is down, so it is promoted', () => {
    const group: Group = {
      'redis-1': { file: null, follows: 'redis-2' },
      'redis-2': { file: 'redis-1', state: 'exited' },
    };
    expect(roles(group)).toEqual({
      nodes: ['redis-1 <- null', 'redis-2 <- redis-1'],
      promoted: 'redis-1',
      notes: ['redis-1 is promoted: no node is a master'],
    });
  });
});

describe('several masters', () => {
  /** redis-2 wins by the first rule that tells them apart, against all rules after it. */
  const followers = ['10.0.0.8', '10.0.0.9'];
  it.each<[string, Given, Given]>([
    [
      'a fenced one was about to hand over',
      { file: null, minReplicasToWrite: '1000', server: { secondId: NEW, replicas: followers } },
      { file: 'redis-1', follows: null, server: { id: NEW } },
    ],
    [
      'then the one whose file says so',
      { file: 'redis-2', follows: null, server: { secondId: NEW, replicas: followers } },
      { file: null, server: { id: NEW } },
    ],
    [
      'then the one that was the replica of another',
      { file: null, server: { id: OLD, replicas: followers } },
      { file: null, server: { id: NEW, secondId: OLD } },
    ],
    [
      'then the one that more replicas follow',
      { file: null, server: { id: OLD, replicas: ['10.0.0.8'] } },
      { file: null, server: { id: NEW, replicas: followers } },
    ],
  ])('%s', (_, first, second) => {
    const group: Group = { 'redis-1': first, 'redis-2': second, 'redis-3': { file: 'redis-1' } };
    expect(roles(group)).toEqual({
      nodes: ['redis-2 <- null', 'redis-1 <- redis-2', 'redis-3 <- redis-2'],
      promoted: null,
      notes: ['several masters: redis-2 stays, redis-1 will follow it'],
    });
    // Not because of where it stands.
    const turned = { 'redis-2': second, 'redis-1': first };
    expect(masterOf(turned)).toBe('redis-2');
  });

  it('of equals the first', () => {
    const twin = (id: string): Given => ({ file: null, server: { id } });
    expect(masterOf({ 'redis-1': twin(OLD), 'redis-2': twin(NEW) })).toBe('redis-1');
  });

  it('three of them', () => {
    const group = { 'redis-1': master, 'redis-2': master, 'redis-3': master };
    expect(roles(group).notes).toEqual([
      'several masters: redis-1 stays, redis-2, redis-3 will follow it',
    ]);
  });

  it('a live one outranks a stopped one, whatever the files say', () => {
    const group: Group = { 'redis-1': dead, 'redis-2': { file: 'redis-1', follows: null } };
    expect(roles(group).nodes).toEqual(['redis-2 <- null', 'redis-1 <- redis-2']);
  });
});

describe('a replica that follows', () => {
  const group = (given: Given): Group => ({
    'redis-1': master,
    'redis-2': replica,
    'redis-3': given,
  });

  it.each<[string, Given, string]>([
    ['nobody that is known', { file: 'elsewhere' }, 'redis-1'],
    ['itself', { file: 'redis-3' }, 'redis-1'],
    [
      'another than its file says: what runs counts',
      { file: 'redis-1', follows: 'redis-2' },
      'redis-2',
    ],
    [
      'nobody, because it is down: its file counts',
      { file: 'redis-2', state: 'exited' },
      'redis-2',
    ],
    ['somebody unknown, and is down', { file: 'elsewhere', state: 'exited' }, 'redis-1'],
    ['nobody, and has no file', { file: null, noFile: true, state: 'created' }, 'redis-1'],
  ])('%s', (_, given, upstream) => {
    expect(roles(group(given)).nodes.at(-1)).toBe(`redis-3 <- ${upstream}`);
  });

  it('a circle is cut', () => {
    const circle: Group = {
      'redis-1': master,
      'redis-2': { file: 'redis-3' },
      'redis-3': { file: 'redis-4' },
      'redis-4': { file: 'redis-2' },
    };
    expect(roles(circle).nodes).toEqual([
      'redis-1 <- null',
      'redis-2 <- redis-1',
      'redis-3 <- redis-4',
      'redis-4 <- redis-2',
    ]);
  });
});

describe('whatever happened', () => {
  const names = ['redis-1', 'redis-2', 'redis-3', 'redis-4'];
  const upstream = fc.option(fc.constantFrom(...names, 'elsewhere'), { nil: null });
  const given: fc.Arbitrary<Given> = fc.record({
    state: fc.constantFrom('running', 'paused', 'exited'),
    file: upstream,
    follows: upstream,
    silent: fc.boolean(),
    noFile: fc.boolean(),
    rdb: fc.record({
      keys: fc.constantFrom(0, 3),
      createdMs: fc.constantFrom(NOW, NOW - 60_000),
      origin: fc.record({ id: fc.constantFrom(OLD, NEW), offset: fc.nat({ max: 9 }) }),
    }),
    heardMs: fc.constantFrom(NOW, NOW - 60_000),
    minReplicasToWrite: fc.constantFrom('0', '1000'),
    server: fc.record({ id: fc.constantFrom(OLD, NEW), offset: fc.nat({ max: 9 }) }),
  });
  const groups = fc
    .array(given, { minLength: 1, maxLength: 4 })
    .map((all): Group => Object.fromEntries(all.map((it, at) => [names[at] ?? '', it])));

  it('there is one master, everybody follows it in the end, and it is one or is promoted', () => {
    fc.assert(
      fc.property(groups, (group) => {
        const all = nodesOf(group);
        const { upstreams, promoted } = healRoles(all);
        if (upstreams.size === 0) return;
        expect(new Set(upstreams.keys())).toEqual(new Set(Object.keys(group)));
        const masters = [...upstreams].filter(([, above]) => above === null);
        expect(masters).toHaveLength(1);
        const [[only = ''] = []] = masters;
        for (const name of upstreams.keys()) {
          let at: string | null = name;
          for (let step = 0; at !== null && at !== only && step < 5; step += 1) {
            at = upstreams.get(at) ?? null;
          }
          expect(at).toBe(only);
        }
        const chosen = all.find(({ name }) => name === only);
        const isMaster = chosen?.server?.replication.role === 'master';
        // One that is down starts with the role that is written into its file.
        expect(isMaster || chosen?.server === null || promoted === only).toBe(true);
        // A node that is one already is never promoted.
        expect(promoted !== null && isMaster).toBe(false);
      }),
      { numRuns: amount(330, 1000) },
    );
  });
});

describe('nobody can tell who is the last master', () => {
  const of = (id: string): Given => ({ ...dead, rdb: { origin: { id, offset: 7 } } });
  const stopped: Group = { 'redis-1': of(OLD), 'redis-2': of(NEW) };
  const undecided = (group: Group) => healRoles(nodesOf(group)).undecided.map(({ node }) => node);

  it('of two stopped masters that nobody follows', () => {
    expect(healRoles(nodesOf(stopped))).toEqual({
      upstreams: new Map(),
      master: null,
      wanted: null,
      chosen: false,
      promoted: null,
      undecided: ['redis-1', 'redis-2'].map((node) => ({
        node,
        living: false,
        has: expect.stringMatching(/^is down; RDB of 2026-01-01 12:00:00, 3 keys, offset 7 of /),
      })),
      notes: [],
    });
  });

  it('of three, if two of them are followed by equally many', () => {
    const group: Group = {
      'redis-1': dead,
      'redis-2': of(OLD),
      'redis-3': of(NEW),
      'redis-4': { file: 'redis-2', state: 'exited' },
      'redis-5': { file: 'redis-3', state: 'exited' },
    };
    expect(undecided(group)).toEqual(['redis-2', 'redis-3']);
  });

  it('nothing is lost where there are no data', () => {
    expect(undecided({ 'redis-1': dead, 'redis-2': dead })).toEqual([]);
  });

  it.each<[string, Group]>([
    ['one of them runs', { ...stopped, 'redis-2': master }],
    [
      'one of them is later',
      { ...stopped, 'redis-2': { ...of(NEW), rdb: { createdMs: NOW + 5000 } } },
    ],
    [
      'one of them is further in the same stream',
      { ...stopped, 'redis-2': { ...dead, rdb: { origin: { id: OLD, offset: 8 } } } },
    ],
    ['a replica is there that has the writes', { ...stopped, 'redis-3': { file: 'redis-2' } }],
    ['there is only one', { 'redis-1': dead, 'redis-2': { ...replica, state: 'exited' } }],
  ])('but somebody can if %s', (_, group) => {
    expect(undecided(group)).toEqual([]);
  });
});
