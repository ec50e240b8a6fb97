import { expect, test } from 'vitest';
import { findTakenPorts, type PortRange } from '../../../src/docker/free-ports.js';
import { FakeRuntime } from '../../support/fake-runtime.js';
import { close, freePorts, listen } from '../../support/ports.js';
import { foreignSpec, labelsOf } from '../../support/topologies.js';

class LocalRuntime extends FakeRuntime {
  override readonly publishedHost = '127.0.0.1';
}

const taken = async (runtime: FakeRuntime, range: PortRange) =>
  findTakenPorts(runtime, await runtime.listContainers({}), 'demo', range);

test('ports of containers, running or reserved by one that does not run, but for our own', async () => {
  const runtime = new FakeRuntime();
  runtime.add(foreignSpec('web', 7000), 'running');
  runtime.add(foreignSpec('stopped', 7001), 'exited');
  const reserved = (topology: string, port: number) => ({
    ...foreignSpec(`${topology}-${port}`, port),
    labels: { ...labelsOf(topology, 'redis-1'), 'dev.rrepl.port': String(port) },
  });
  runtime.add(reserved('other', 7002), 'exited');
  runtime.add(reserved('demo', 7003), 'running');
  runtime.add(foreignSpec('far', 7009), 'running');
  const wanted = { first: 7000, count: 3, others: [7009, 7010] };
  expect(await taken(runtime, wanted)).toEqual([
    { port: 7009, holder: 'container far' },
    { port: 7000, holder: 'container web' },
    { port: 7002, holder: 'container other-7002' },
  ]);
});

test('ports on which this host listens, if they are those of the engine', async () => {
  const first = await freePorts(2);
  const server = await listen(first);
  try {
    const expected = [{ port: first, holder: null }];
    expect(await taken(new LocalRuntime(), { first, count: 1 })).toEqual(expected);
    expect(await taken(new FakeRuntime(), { first, count: 1 })).toEqual([]);
  } finally {
    await close(server);
  }
});

test('but not those that the topology itself publishes', async () => {
  const first = await freePorts(2);
  const server = await listen(first);
  const runtime = new LocalRuntime();
  runtime.add({ ...foreignSpec('own', first), labels: labelsOf('demo', 'redis-1') }, 'running');
  try {
    const wanted = { first, count: 1, others: [first] };
    expect(await taken(runtime, wanted)).toEqual([]);
  } finally {
    await close(server);
  }
});

test('ends at the last port', async () => {
  expect(await taken(new FakeRuntime(), { first: 65_535, count: 3 })).toEqual([]);
});
