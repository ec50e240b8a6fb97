import { expect, test } from 'vitest';
import { EngineError, InvalidError } from '../../../src/errors.js';
import { refuseUnreachable } from '../../../src/execute/reachable.js';
import { FakeRuntime } from '../../support/fake-runtime.js';
import { FakeRun, rejection } from '../../support/run.js';
import { CONTAINERS, topology } from '../../support/topologies.js';

const engine = (publishedHost: string, endpoint = 'unix:///var/run/docker.sock') =>
  Object.assign(Object.create(new FakeRun().runtime), { publishedHost, endpoint });

const inFolder = topology({ dir: '/srv/demo' });

test.each(['localhost', '127.0.0.1', '127.1.2.3', '::1'])('%s is here', (host) => {
  expect(() => refuseUnreachable(inFolder, engine(host))).not.toThrow();
});

test.each(['engine.lan', '10.0.0.7', '127.0.0.1.lan'])('%s is not', (host) => {
  expect(() => refuseUnreachable(topology(), engine(host, 'tcp://x'))).toThrow(EngineError);
});

test('another machine is reached where its ports are published for others', () => {
  const open = topology({ containers: { ...CONTAINERS, bind: '0.0.0.0' } });
  expect(() => refuseUnreachable(open, engine('engine.lan', 'tcp://x'))).not.toThrow();
});

test('a folder of this machine is none of another, however that is reached', () => {
  const forwarded = engine('127.0.0.1', 'tcp://127.0.0.1:2375');
  expect(() => refuseUnreachable(inFolder, forwarded)).toThrow(InvalidError);
  expect(() => refuseUnreachable(topology(), forwarded)).not.toThrow();
});

class Elsewhere extends FakeRuntime {
  override readonly publishedHost = 'engine.lan';
}

test('it is refused before anything is made', async () => {
  const run = new FakeRun();
  const elsewhere = new Elsewhere();
  const error = await rejection(run.start({ connectRuntime: async () => elsewhere }));
  expect(error).toBeInstanceOf(EngineError);
  expect(elsewhere.inventory()).toEqual([]);
});
