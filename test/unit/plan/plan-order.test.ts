import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ContainerState } from '../../../src/docker/runtime.js';
import { InvalidTopologyError } from '../../../src/errors.js';
import type { ObservedForWish } from '../../../src/observe/observed.js';
import { healRoles } from '../../../src/plan/heal-roles.js';
import type { Plan, Step } from '../../../src/plan/plan.js';
import { teardown } from '../../../src/plan/teardown.js';
import type { Topology } from '../../../src/topology/topology.js';
import { type Changes, isUp, node, planOf, topology } from '../../support/topologies.js';

/** A tree of up to eight nodes: each but the first replicates from an earlier one. */
const topologies: fc.Arbitrary<Topology> = fc
  .tuple(
    fc.array(fc.nat(), { maxLength: 7 }),
    fc.constantFrom(null, '/home/ada/demo'),
    fc.boolean(),
  )
  .map(([parents, dir, asked]) => {
    const replicas = parents.map((parent, index) =>
      node(`redis-${index + 2}`, `redis-${(parent % (index + 1)) + 1}`),
    );
    return topology({
      nodes: [node('redis-1', null), ...replicas],
      dir,
      port: { first: 7000, asked },
    });
  });

const states: fc.Arbitrary<ContainerState | null> = fc.constantFrom(
  null,
  'running',
  'paused',
  'exited',
  'created',
);

const scenes = fc
  .tuple(
    topologies,
    fc.array(states, { minLength: 8, maxLength: 8 }),
    fc.subarray(['rrepl-demo', 'rrepl-demo_replication']),
    fc.boolean(),
  )
  .map(([wanted, nodeStates, networks, hasImage]) => {
    const changes: Record<string, Changes[string]> = {};
    wanted.nodes.forEach(({ name }, index) => {
      const state = nodeStates[index] ?? null;
      changes[name] = state === null ? null : { state };
    });
    const seen = isUp(wanted, changes);
    const image = hasImage ? seen.image : null;
    const there = seen.networks.filter(({ name }) => networks.includes(name));
    const observed = { ...seen, image, networks: there };
    return { wanted, observed };
  });

/** What is there was made of one wish, and another one is wanted. */
const changes = fc
  .tuple(scenes, topologies, fc.boolean(), fc.boolean())
  .map(([{ observed, wanted: before }, other, image, directive]) => {
    const directives = directive ? [{ name: 'databases', args: ['32'] }] : [];
    const wanted = {
      ...other,
      dir: before.dir,
      port: before.port,
      image: image ? 'redis:7.0' : before.image,
      nodes: other.nodes.map((it) => ({ ...it, directives })),
    };
    return { wanted, observed };
  });

interface Scene {
  readonly wanted: Topology;
  readonly observed: ObservedForWish;
}

function planOfScene({ wanted, observed }: Scene): Plan {
  try {
    return planOf(wanted, observed);
  } catch (error) {
    // What can't be is tested elsewhere.
    fc.pre(!(error instanceof InvalidTopologyError));
    throw error;
  }
}

/** Steps that have one name, or are waited for before they are planned. */
function disorder({ steps }: Plan): string[] {
  const earlier = new Set<Step>();
  return steps.flatMap((step) => {
    const wrong = step.after.filter((it) => !earlier.has(it));
    if ([...earlier].some(({ id }) => id === step.id)) wrong.push(step);
    earlier.add(step);
    return wrong.map(({ id }) => id);
  });
}

test('every step waits for earlier steps of the same plan, and no id occurs twice', () => {
  fc.assert(
    fc.property(scenes, ({ wanted, observed }) => {
      expect(disorder(planOf(wanted, observed))).toEqual([]);
    }),
  );
});

/** Scenes that are refused are drawn again, so these take longer. */
const FEW = { numRuns: 40 };

test('so does every step of a change', () => {
  fc.assert(
    fc.property(changes, (scene) => {
      expect(disorder(planOfScene(scene))).toEqual([]);
    }),
    FEW,
  );
});

test('no change stops or removes the master that is, unless it is alone', () => {
  fc.assert(
    fc.property(changes, (scene) => {
      const { steps } = planOfScene(scene);
      const { upstreams } = healRoles(scene.observed.nodes);
      let master = [...upstreams].find(([, upstream]) => upstream === null)?.[0];
      const runs = (name: string) =>
        scene.observed.nodes.some((it) => it.name === name && it.server !== null);
      fc.pre(master !== undefined && runs(master) && scene.wanted.nodes.length > 1);
      for (const step of steps) {
        if (step.kind === 'switchover') master = step.node;
        if (step.kind === 'stopContainer' || step.kind === 'removeContainer') {
          expect(step.node).not.toBe(master);
        }
        if (step.kind === 'removeVolume') expect(step.resource).not.toContain(`${master}-`);
      }
    }),
    FEW,
  );
});

test('a node that is stopped is in sync again before the next one is', () => {
  fc.assert(
    fc.property(changes, (scene) => {
      let stopped: string | null = null;
      for (const step of planOfScene(scene).steps) {
        if (step.kind === 'waitInSync' && step.node === stopped) stopped = null;
        if (step.kind !== 'stopContainer') continue;
        expect(stopped).toBeNull();
        stopped = step.node;
      }
    }),
    FEW,
  );
});

test('so does every step of a teardown', () => {
  fc.assert(
    fc.property(scenes, fc.boolean(), ({ observed }, volumes) => {
      expect(disorder(teardown(observed, { volumes }))).toEqual([]);
    }),
  );
});

test('every node is waited for, and every replica after its upstream is in sync', () => {
  fc.assert(
    fc.property(scenes, ({ wanted, observed }) => {
      const { steps } = planOf(wanted, observed);
      const names = wanted.nodes.map(({ name }) => name);
      const syncs = steps.filter((step) => step.kind === 'waitInSync');
      expect(steps.filter(({ kind }) => kind === 'waitReady')).toHaveLength(names.length);
      // All but the master, whoever that is now.
      expect(syncs).toHaveLength(names.length - 1);
      for (const { upstream, after } of syncs) {
        expect(names).toContain(upstream.node);
        const above = syncs.find(({ node }) => node === upstream.node);
        if (above !== undefined) expect(after).toContain(above);
      }
    }),
  );
});

test('no two nodes get one port', () => {
  fc.assert(
    fc.property(scenes, ({ wanted, observed }) => {
      const ports = planOf(wanted, observed).steps.flatMap((step) =>
        step.kind === 'waitReady' ? [step.port] : [],
      );
      expect(new Set(ports).size).toBe(wanted.nodes.length);
      expect(ports).not.toContain(0);
    }),
  );
});
