import { describe, expect, it } from 'vitest';
import { type Claim, check, predict, rule } from '../../../src/drills/claim.js';
import { type DrillDefinition, defineDrill, nodesOf } from '../../../src/drills/define-drill.js';
import type { Step } from '../../../src/drills/drill.js';
import { inStep } from '../../../src/drills/steps/in-step.js';
import { cut } from '../../../src/drills/steps/nodes.js';
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
    expect(nodesOf({})).toEqual({ master: 'redis-1', replicas: ['redis-2', 'redis-3'] });
    const nodes = { b: { replicaOf: 'c' }, a: { replicaOf: 'b' }, c: null };
    expect(nodesOf({ nodes })).toEqual({ master: 'c', replicas: ['b', 'a'] });
  });

  it.each<[string, object, string]>([
    ['a name', { name: 'My Drill' }, 'name must be lower-case letters'],
    ['no claim', { claim: ' ' }, 'claim must be a sentence'],
    ['no acts', { acts: [] }, 'acts must hold an act'],
    ['acts that are none', { acts: undefined }, 'acts must hold an act'],
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
