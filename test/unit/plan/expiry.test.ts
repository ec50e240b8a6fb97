import { describe, expect, it } from 'vitest';
import { noteText } from '../../../src/cli/hints/index.js';
import { expiryOf } from '../../../src/docker/expiry.js';
import { LABEL } from '../../../src/docker/labels.js';
import type { EngineTopology } from '../../../src/docker/topologies.js';
import { leftovers } from '../../../src/plan/prune.js';
import { isUp, nothing, planOf, topology } from '../../support/topologies.js';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 22, 12);
const label = (ms: number) => ({ [LABEL.expires]: new Date(ms).toISOString() });

/** The topology, its containers and networks marked with one moment and its volumes with another. */
function marked(wanted = topology(), containers?: number, volumes = containers) {
  const seen = isUp(wanted);
  const mark = <T extends { labels: object }>(thing: T, ms: number | undefined) =>
    ms === undefined ? thing : { ...thing, labels: { ...thing.labels, ...label(ms) } };
  return {
    ...seen,
    nodes: seen.nodes.map((node) => ({
      ...node,
      container: node.container && mark(node.container, containers),
    })),
    networks: seen.networks.map((network) => mark(network, containers)),
    volumes: seen.volumes.map((volume) => mark(volume, volumes)),
  };
}

/** The expiry of everything that a plan makes. */
function made(wanted: ReturnType<typeof topology>, observed = nothing(wanted)) {
  const { steps } = planOf(wanted, observed);
  return steps.flatMap((step) => {
    if (step.kind === 'createContainer') return [step.spec.labels[LABEL.expires] ?? null];
    if (step.kind !== 'createNetwork' && step.kind !== 'createVolume') return [];
    return [step.labels[LABEL.expires] ?? null];
  });
}

describe('what a plan makes', () => {
  it('never expires unless asked to', () => {
    expect(new Set(made(topology()))).toEqual(new Set([null]));
  });

  it('carries the expiry: containers, networks and volumes', () => {
    const labels = made(topology({ expires: NOW }));
    expect(labels).toHaveLength(11);
    expect(new Set(labels)).toEqual(new Set(['2026-11-22T12:00:00.000Z']));
  });

  it('joins what is up, and expires with it', () => {
    const wanted = topology();
    const observed = marked(topology({ replicas: 1 }), NOW);
    expect(new Set(made(wanted, observed))).toEqual(new Set(['2026-11-22T12:00:00.000Z']));
  });

  it('does not expire with data that were kept', () => {
    const wanted = topology();
    const down = marked(wanted, NOW);
    const gone = { nodes: [], strays: [], networks: [], volumes: down.volumes };
    expect(new Set(made(wanted, { ...down, ...gone }))).toEqual(new Set([null]));
  });
});

describe('a time that is asked for', () => {
  const wanted = topology({ expires: NOW + MINUTE });
  const notes = (observed: ReturnType<typeof marked>) =>
    planOf(wanted, observed).notes.map(noteText);

  it('can’t make what is there go, nor stay', () => {
    expect(notes(marked(wanted, NOW))).toEqual([
      "ttl: labels can't be changed, so demo expires as it was made to, at 2026-11-22T12:00:00.000Z; `rrepl down --name demo` and `rrepl up --ttl` make it anew",
    ]);
    expect(notes(marked(wanted))).toEqual([
      "ttl: labels can't be changed, so demo expires as it was made to, never; `rrepl down --name demo --volumes`, which removes the data, and `rrepl up --ttl` make it anew",
    ]);
  });

  it('is right if a part that is made expires then, and the others before', () => {
    const observed = marked(topology({ replicas: 1 }), NOW);
    expect(notes(observed)).toEqual([]);
  });
});

describe('a topology', () => {
  it('expires with the last of its parts', () => {
    expect(expiryOf(marked(topology(), NOW, NOW + MINUTE))).toBe(NOW + MINUTE);
    expect(expiryOf(marked(topology(), NOW))).toBe(NOW);
  });

  it('never does if one of them does not, or says so in words', () => {
    expect(expiryOf(marked(topology()))).toBeNull();
    const seen = marked(topology(), NOW);
    const odd = {
      ...seen.volumes[0],
      labels: { [LABEL.expires]: 'soon' },
      name: 'v',
      createdMs: 0,
    };
    expect(expiryOf({ ...seen, volumes: [odd] })).toBeNull();
  });
});

describe('leftovers', () => {
  const wish = { nowMs: NOW, olderThanMs: null };
  const found = (seen: EngineTopology, more = {}) =>
    leftovers([seen], { ...wish, ...more }).map(({ why }) => why);

  it('are what has expired', () => {
    expect(found(marked(topology(), NOW - 5 * MINUTE))).toEqual(['expired 5 min 0 s ago']);
    expect(found(marked(topology(), NOW + 1))).toEqual([]);
    expect(found(marked(topology()))).toEqual([]);
    expect(found(marked(topology(), NOW - 1, NOW + 1))).toEqual([]);
  });

  it('are what is old, if that is asked for, as old as the youngest part', () => {
    const seen = marked(topology());
    const young = { ...seen, networks: seen.networks.map((it) => ({ ...it, createdMs: NOW - 1 })) };
    expect(found(seen, { olderThanMs: 60 * MINUTE })).toHaveLength(1);
    expect(found(young, { olderThanMs: MINUTE })).toEqual([]);
    const unknown = { ...seen, networks: [{ ...young.networks[0], createdMs: Number.NaN }] };
    expect(found(unknown as EngineTopology, { olderThanMs: 1 })).toEqual([]);
  });
});
