import { describe, expect, it } from 'vitest';
import type { Access } from '../../../src/access/access.js';
import { ACCESS_FILE, readAccess } from '../../../src/access/access-files.js';
import { Secret } from '../../../src/access/secret.js';
import { CONF_FILE, CONF_FOLDER } from '../../../src/docker/names.js';
import { makeDurable } from '../../../src/failover/promote.js';
import { openTopology } from '../../../src/live/live-topology.js';
import type { ConnectRedis } from '../../../src/observe/reach.js';
import { FakeRun } from '../../support/run.js';
import { topology } from '../../support/topologies.js';

const CONTAINER = 'rrepl-demo-redis-1';
/** The authority's key is no server's. */
const FILES = Object.values(ACCESS_FILE).filter((file) => file !== ACCESS_FILE.authorityKey);
const secured = topology({
  replicas: 1,
  security: { password: new Secret('hunter2'), user: 'app', tls: true },
});

const filesRead = ({ runtime }: FakeRun, from: number) =>
  runtime.calls.slice(from).filter((call) => call.startsWith('readFile'));

/** Opens it, and returns what each connection was given. */
async function open(run: FakeRun): Promise<(Access | null)[]> {
  const given: (Access | null)[] = [];
  const connect: ConnectRedis = (runtime, name, port, access) => {
    given.push(access);
    return run.servers.connect(runtime, name, port);
  };
  const live = await openTopology(run.runtime, async () => connect, 'demo');
  live.close();
  return given;
}

describe('a secured topology', () => {
  it('is reached with what its files say', async () => {
    const run = new FakeRun();
    await run.start({ topology: secured });
    const given = await open(run);
    expect(given).toHaveLength(2);
    for (const access of given) {
      expect(access?.login?.password.reveal()).toBe('hunter2');
      expect(access).toMatchObject({ login: { user: 'app' }, authority: expect.anything() });
    }
  });

  it('has nothing but files of mode 0600, and of the server, also after CONFIG REWRITE', async () => {
    const run = new FakeRun();
    await run.start({ topology: secured });
    const live = await openTopology(run.runtime, async () => run.servers.connect, 'demo');
    await Promise.all(live.nodes.map(({ redis }) => makeDurable(redis)));
    live.close();
    for (const name of ['redis.conf', ...FILES]) {
      const file = run.runtime.file(CONTAINER, `${CONF_FOLDER}/${name}`);
      expect(file, name).toMatchObject({ mode: 0o600, owner: '999:999' });
    }
    expect(run.runtime.file(CONTAINER, `${CONF_FOLDER}/.`)?.mode).toBe(0o700);
  });

  it('stays as it is where nothing is said, over kept volumes too', async () => {
    const run = new FakeRun();
    await run.start({ topology: secured });
    const unsaid = topology({ replicas: 2 });
    await run.start({ topology: unsaid });
    const read = (container: string) =>
      readAccess(
        async (file) => run.runtime.file(container, `${CONF_FOLDER}/${file}`)?.text ?? null,
      );
    expect((await read('rrepl-demo-redis-3'))?.login?.password.reveal()).toBe('hunter2');
    for (const name of [...run.runtime.containers.keys()]) await run.runtime.removeContainer(name);
    await run.start({ topology: unsaid });
    expect((await open(run)).map((access) => access?.login?.password.reveal())).toEqual([
      'hunter2',
      'hunter2',
      'hunter2',
    ]);
  });
});

it('an unsecured topology is asked for nothing, and its redis.conf is left as it is', async () => {
  const run = new FakeRun();
  await run.start();
  const before = run.runtime.calls.length;
  expect(await open(run)).toEqual([null, null, null]);
  expect(filesRead(run, before)).toEqual([]);
  const live = await openTopology(run.runtime, async () => run.servers.connect, 'demo');
  await Promise.all(live.nodes.map(({ redis }) => makeDurable(redis)));
  live.close();
  expect(run.runtime.calls.filter((call) => call.startsWith('exec'))).toEqual([]);
  expect(run.runtime.file(CONTAINER, CONF_FILE)?.mode).toBe(0o644);
});
