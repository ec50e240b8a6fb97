import { describe, expect, it } from 'vitest';
import { type Claim, check, predict, rule } from '../../../src/drills/claim.js';
import { type DrillDefinition, defineDrill, nodesOf } from '../../../src/drills/define-drill.js';
import type { Step } from '../../../src/drills/drill.js';
import { sameData } from '../../../src/drills/steps/data.js';
import { inStep } from '../../../src/drills/steps/in-step.js';
import { cut } from '../../../src/drills/steps/nodes.js';
import { reconnects, resyncs } from '../../../src/drills/steps/resyncs.js';
import { write } from '../../../src/drills/steps/writes.js';
import { InvalidTopologyError } from '../../../src/errors.js';

const good: DrillDefinition = {
  name: 'my-drill',
  claim: 'It works.',
  topology: { replicas: 1 },
  acts: [
    { title: 'one', steps: ({ master, replicas: [replica] }) => [inStep(replica, master)] },
    {
      title: 'two',
      topology: { replicas: 2 },
      steps: ({ master, replicas }) => replicas.map((replica) => inStep(replica, master)),
    },
  ],
};

function problemsOf(change: object): string[] {
  try {
    defineDrill({ ...good, ...change });
    return [];
  } catch (error) {
    if (error instanceof InvalidTopologyError) return error.problems.map(({ message }) => message);
    throw error;
  }
}

/** Of one act that is otherwise right. */
const actProblems = (change: object): string[] =>
  problemsOf({ acts: [{ ...good.acts[0], ...change }] });

const claim: Claim = {
  node: 'redis-2',
  about: 'what comes',
  foresee: rule('this', 'of that'),
  look: async () => ({ is: 'this' }),
};

describe('defineDrill', () => {
  it('gives acts that name no topology the one of the drill', () => {
    const { acts } = defineDrill(good);
    expect(acts.map(({ topology }) => topology)).toEqual([{ replicas: 1 }, { replicas: 2 }]);
  });

  it('names the nodes by the roles in which they begin, as rrepl.yaml would', () => {
    const plain = { master: 'redis-1', replicas: ['redis-2', 'redis-3'], sentinels: [] };
    expect(nodesOf({})).toEqual(plain);
    const sentinels = ['sentinel-1', 'sentinel-2', 'sentinel-3'];
    expect(nodesOf({ sentinels: 3 })).toEqual({ ...plain, sentinels });
    const nodes = { b: { replicaOf: 'c' }, a: { replicaOf: 'b' }, c: null };
    expect(nodesOf({ nodes })).toEqual({ master: 'c', replicas: ['b', 'a'], sentinels: [] });
  });

  it.each<[string, object, string]>([
    ['a name', { name: 'My Drill' }, 'name must be lower-case letters'],
    ['no claim', { claim: ' ' }, 'claim must be a sentence'],
    ['no acts', { acts: [] }, 'acts must be a list that holds an act'],
    [
      'a key that is none',
      { topologi: {} },
      '"topologi" is no key here (did you mean "topology"?)',
    ],
    ['acts by name', { acts: { a: 1 } }, 'acts must be a list that holds an act'],
    ['acts that are none', { acts: undefined }, 'acts must be a list that holds an act'],
    ['a title twice', { acts: [good.acts[0], good.acts[0]] }, 'two acts are called "one"'],
  ])('complains of %s', (_, change, message) => {
    expect(problemsOf(change)).toEqual([expect.stringContaining(message)]);
  });

  it.each<[string, object, string]>([
    ['no title', { title: '' }, 'act 1: it needs a title'],
    ['steps that are none', { steps: [] }, 'steps must be a function of { master, replicas }'],
    ['no check', { steps: () => [cut('redis-2')] }, 'act "one": it checks nothing'],
    [
      'steps that throw',
      { steps: ({ sentinels }: Record<string, string[]>) => [cut(sentinels?.[0] ?? nothing())] },
      "its steps can't be made: there is none",
    ],
    [
      'a replica too many',
      {
        steps: ({ master, replicas }: { master: string; replicas: string[] }) => [
          inStep(replicas[1] as string, master),
        ],
      },
      'there is no node undefined (redis-1, redis-2)',
    ],
    [
      'a node by a wrong name',
      { steps: () => [inStep('redis-9', 'redis-1')] },
      'there is no node redis-9 (redis-1, redis-2)',
    ],
    ['a key that is none', { extra: 1 }, '"extra" is no key here'],
    ['steps that are no list', { steps: () => 7 }, 'steps must return a list of steps'],
    ['steps to come', { steps: async () => [] }, 'and not a promise of one'],
    ['no step', { steps: () => [null] }, 'step 1 is none: a step has kind, says and run'],
    [
      'a kind',
      { steps: () => [{ kind: 'chek', says: 'a', run() {} }] },
      'step 1: kind must be fault,',
    ],
    ['no words', { steps: () => [{ kind: 'check', run() {} }] }, 'step 1: says must be a sentence'],
    ['no run', { steps: () => [{ kind: 'check', says: 'a' }] }, 'step 1: run must be a function'],
    [
      'an amount',
      { steps: () => [write('redis-1', { keys: 'ten' as unknown as number })] },
      'write: keys must be a whole number above 0, not ten',
    ],
    [
      'an amount that is misspelt',
      { steps: () => [write('redis-1', { keys: 1, vals: 3 } as { keys: number })] },
      'write takes no vals',
    ],
    ['nothing to compare', { steps: () => [sameData([], 'redis-1')] }, 'sameData compares no node'],
    [
      'a resync',
      { steps: () => [resyncs('redis-1', reconnects('redis-2', 'ful' as 'full'))] },
      'a resync is partial or full, not ful',
    ],
    ['a disk of no node', { disks: { 'redis-9': 1 } }, 'disks: there is no node redis-9'],
    [
      'what rrepl.yaml has no key for',
      { topology: { replica: 1 } },
      'topology.replica: "replica" is no key here',
    ],
    [
      'a value',
      { topology: { replicas: -1 } },
      'topology.replicas: replicas must be a whole number',
    ],
    [
      'an upstream',
      { topology: { nodes: { a: null, b: { replicaOf: 'z' } } } },
      'topology.nodes.b',
    ],
    ['a directive', { topology: { config: { port: 7 } } }, 'topology.config.port'],
    [
      'what the run decides',
      { topology: { port: 7000 } },
      'topology.port: each run of a drill decides that itself',
    ],
    [
      'a check of nothing',
      { steps: () => [check(claim)] },
      '"what comes" is checked, and not predicted',
    ],
    [
      'a claim left open',
      { steps: ({ master }: { master: string }) => [predict(claim), inStep('redis-2', master)] },
      '"what comes" is predicted, and not checked',
    ],
  ])('complains of an act with %s', (_, change, message) => {
    expect(actProblems(change)).toEqual([expect.stringContaining(message)]);
  });

  it('tells all of it at once', () => {
    const steps = (): Step[] => [cut('redis-9')];
    const acts = [
      { title: 'a', topology: { replicas: 99 }, steps },
      { title: 'a', steps },
    ];
    expect(problemsOf({ name: '', acts })).toHaveLength(5);
  });
});

function nothing(): never {
  throw new Error('there is none');
}
