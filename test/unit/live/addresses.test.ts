import { describe, expect, it } from 'vitest';
import { addressBook } from '../../../src/live/addresses.js';
import { FakeRuntime } from '../../support/fake-runtime.js';
import { CONTAINERS, engineTopology, SUBNET, topology } from '../../support/topologies.js';

function bookOf(bind: string, forget = false) {
  const wanted = topology({ replicas: 1, containers: { ...CONTAINERS, bind } });
  const seen = engineTopology(wanted);
  const networks = forget ? seen.networks.map((it) => ({ ...it, labels: {} })) : seen.networks;
  const known = { ...seen, networks, runtime: new FakeRuntime(), access: null };
  return addressBook(known, { nodes: [] });
}

const otherHost = (bind: string, forget?: boolean) =>
  bookOf(bind, forget).nodes[0]?.otherNetwork?.host ?? null;

describe('a container on another network', () => {
  it.each(['127.0.0.1', '127.1.2.3', '::1'])('reaches nothing that is bound to %s', (bind) => {
    expect(otherHost(bind)).toBe(null);
  });

  it.each(['0.0.0.0', '::'])('reaches the gateway where all is bound: %s', (bind) => {
    expect(otherHost(bind)).toBe(SUBNET.control.replace('.0/24', '.1'));
    expect(otherHost(bind, true)).toBe(null);
  });

  it('reaches the one address of the host that the ports are bound to', () => {
    expect(otherHost('192.0.2.7')).toBe('192.0.2.7');
  });
});

it('a node without a container is reached from nowhere', () => {
  const seen = engineTopology(topology({ replicas: 1 }), { 'redis-2': null });
  const known = { ...seen, runtime: new FakeRuntime(), access: null };
  const [, gone] = addressBook(known, { nodes: [] }).nodes;
  expect(gone).toEqual({
    name: 'redis-2',
    role: null,
    host: null,
    sameNetwork: null,
    otherNetwork: null,
  });
});
