/** `up` again with another wish: what is there becomes it, and no acknowledged write is lost. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configOf, docker, holdings, IMAGE, redis, SECURITY_FLAGS } from '../support/docker.js';
import { freePorts } from '../support/ports.js';
import {
  expectVerified,
  newTopology,
  removeTopologies,
  rrepl,
  run,
  status,
} from '../support/rrepl.js';
import { underLoad } from '../support/under-load.js';

afterAll(removeTopologies);

/** No image is asked for, and no file says how all is to be: what is there must stay. */
const UNSAID = { env: { RREPL_IMAGE: '', RREPL_FILE: '' } };

const NEWER = 'redis:7.0';
const hasBoth = await docker('image', 'inspect', 'redis:6.0', NEWER).then(
  () => true,
  () => false,
);

async function bringUp(replicas: number, ...more: string[]): Promise<string> {
  const name = newTopology('c');
  const port = String(await freePorts(replicas + 1));
  const args = ['--port', port, '--replicas', String(replicas), ...SECURITY_FLAGS, ...more];
  await rrepl(['up', '--name', name, ...args], { env: { RREPL_FILE: '' } });
  return name;
}

const nodesOf = async (name: string) =>
  (await status(name)).nodes.map(({ name: node, role, link }) => `${node} ${role} ${link}`);

const masterOf = async (name: string) =>
  (await status(name)).nodes.find(({ role }) => role === 'master')?.name ?? '';

const configsOf = async (name: string, directive: string) => {
  const { nodes } = await status(name);
  return Promise.all(nodes.map((node) => configOf(name, node.name, directive)));
};

describe('a topology with two replicas', () => {
  let name: string;

  const up = (...args: string[]) => rrepl(['up', '--name', name, ...args], UNSAID);
  const plan = (...args: string[]) => rrepl(['plan', '--name', name, ...args], UNSAID);

  beforeAll(async () => {
    name = await bringUp(2);
  });

  test('the same wish again touches nothing, and says so', async () => {
    const before = await holdings(name);
    const { exitCode, stderr } = await run(['up', '--name', name], UNSAID);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('is up already, nothing changed');
    expect(await holdings(name)).toEqual(before);
    expect(await plan()).toMatch(/^nothing to change$/m);
  });

  test('2 -> 4 -> 1 replicas under load lose no acknowledged write', async () => {
    expect(await plan('--replicas', '4')).toMatch(/^create container +rrepl-\S+-redis-5 /m);
    const writes = await underLoad(name, async () => {
      await rrepl(['scale', '4', '--name', name]);
      expect(await nodesOf(name)).toHaveLength(5);
      await rrepl(['scale', '1', '--name', name]);
    });
    expect(writes).toMatchObject({ lost: 0 });
    expect(writes.acknowledged).toBeGreaterThan(1000);
    expect(await nodesOf(name)).toEqual(['redis-1 master null', 'redis-2 replica up']);
    expect((await holdings(name)).volumes).toHaveLength(4);
    await expectVerified(name);
  });

  test('what Redis takes at run time is set on all nodes, and survives a restart', async () => {
    const { containers } = await holdings(name);
    expect(await plan('--set', 'maxclients=321')).toContain('# maxclients (default) -> 321');
    await up('--set', 'maxclients=321', '--set', 'save=');
    expect(await configsOf(name, 'maxclients')).toEqual(['321', '321']);
    expect((await holdings(name)).containers).toEqual(containers);
    // Nothing is saved any more, so a master is restarted only by who says so.
    for (const node of ['redis-1', 'redis-2'])
      await rrepl(['restart', node, '--name', name, '--yes']);
    await up();
    expect(await configsOf(name, 'maxclients')).toEqual(['321', '321']);
    expect(await configsOf(name, 'save')).toEqual(['', '']);
    expect(await plan('--set', 'save=')).toMatch(/^nothing to change$/m);
  });

  test('what a server refuses changes nothing', async () => {
    const { exitCode, stderr } = await run(['up', '--name', name, '--set', 'hz=many'], UNSAID);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('redis-2 refused hz many: ');
    expect(await plan()).toMatch(/^nothing to change$/m);
  });

  test('what Redis reads at its start rolls through the nodes, and no acknowledged write is lost', async () => {
    const before = await masterOf(name);
    let told = '';
    const writes = await underLoad(name, async () => {
      const { exitCode, stderr } = await run(
        ['up', '--name', name, '--set', 'databases=32'],
        UNSAID,
      );
      expect(exitCode, stderr).toBe(0);
      told = stderr;
    });
    expect(writes).toMatchObject({ lost: 0 });
    expect(writes.acknowledged).toBeGreaterThan(1000);
    expect(await configsOf(name, 'databases')).toEqual(['32', '32']);
    const master = await masterOf(name);
    expect(master).not.toBe(before);
    expect(told).toMatch(
      new RegExp(`^the master is ${master}, redis.*; REDIS_URL has changed$`, 'm'),
    );
    await expectVerified(name);
  });

  test('a failover is no difference: the master stays', async () => {
    const old = await masterOf(name);
    await rrepl(['kill', old, '--name', name]);
    await rrepl(['promote', 'replica', '--name', name]);
    const next = await masterOf(name);
    expect(next).not.toBe(old);
    await up();
    expect(await masterOf(name)).toBe(next);
    expect(await plan()).toMatch(/^nothing to change$/m);
  });

  test('after down, up brings back what there was', async () => {
    await rrepl(['scale', '2', '--name', name]);
    const [master, ...replicas] = [await masterOf(name), ...(await nodesOf(name)).sort()];
    await redis(name, master ?? '', 'SET', 'kept', 'yes');
    await up('--set', 'save=3600 1');
    await rrepl(['down', '--name', name]);
    await up('--port', String(await freePorts(3)));
    expect((await nodesOf(name)).sort()).toEqual(replicas);
    expect(await configsOf(name, 'maxclients')).toEqual(['321', '321', '321']);
    expect(await redis(name, master ?? '', 'GET', 'kept')).toBe('yes');
  });
});

describe('another image', () => {
  test.skipIf(!hasBoth)(
    'rolls through the nodes without losing an acknowledged write, and back is refused',
    async () => {
      const name = await bringUp(2, '--image', 'redis:6.0');
      const { stdout: shown } = await run(['plan', '--name', name, '--image', NEWER]);
      expect(shown).toMatch(/^switch over .*image redis:6\.0 -> redis:7\.0$/m);
      const writes = await underLoad(name, () => rrepl(['up', '--name', name, '--image', NEWER]));
      expect(writes).toMatchObject({ lost: 0 });
      expect(writes.acknowledged).toBeGreaterThan(1000);
      const { nodes } = await status(name);
      for (const node of nodes) {
        expect(await redis(name, node.name, 'INFO', 'server')).toMatch(/redis_version:7\.0/);
      }
      await expectVerified(name);

      const back = await run(['up', '--name', name, '--image', 'redis:6.0']);
      expect(back.exitCode).toBe(3);
      expect(back.stderr).toMatch(/reads RDB files up to format 9, .* in format 10/);

      await rrepl(['down', '--name', name]);
      await rrepl(['up', '--name', name, '--port', String(await freePorts(3))], UNSAID);
      expect(await redis(name, 'redis-1', 'INFO', 'server')).toMatch(/redis_version:7\.0/);
      const { stdout } = await run(['plan', '--name', name], UNSAID);
      expect(stdout).toMatch(/^nothing to change$/m);
    },
  );

  test('leaves no probe behind', async () => {
    const name = await bringUp(0);
    await run(['plan', '--name', name, '--image', IMAGE === NEWER ? 'redis:6.0' : NEWER]);
    expect((await holdings(name)).containers).toHaveLength(1);
  });
});

describe('with a replica that is stopped', () => {
  test('a setting that is refused stays in no file, and every server runs as it did', async () => {
    const name = await bringUp(1);
    await rrepl(['stop', 'redis-2', '--name', name]);
    const refused = await run(['up', '--name', name, '--set', 'maxmemory=lots'], UNSAID);
    expect(refused.exitCode).toBe(3);
    await rrepl(['up', '--name', name], UNSAID);
    // Only a start shows that this one is none.
    const exited = await run(['up', '--name', name, '--set', 'loadmodule=/nope.so'], UNSAID);
    expect(exited.exitCode).not.toBe(0);
    expect(exited.stderr).toContain('the former redis.conf is in its place again: redis-2');
    expect(await rrepl(['plan', '--name', name], UNSAID)).toContain('nothing to change');
    await expectVerified(name);
  });

  test('a node that is made again is published where it was, after down too', async () => {
    const name = await bringUp(1);
    const urls = async () => (await status(name)).nodes.map(({ url }) => url);
    const before = await urls();
    await docker('rm', '--force', `rrepl-${name}-redis-2`);
    const healed = await run(['heal', '--name', name]);
    expect(healed.exitCode).toBe(1);
    expect(healed.stderr).toContain('gone: the container of redis-2');
    await rrepl(['up', '--name', name], UNSAID);
    expect(await urls()).toEqual(before);
    await rrepl(['down', '--name', name]);
    await rrepl(['up', '--name', name], UNSAID);
    expect(await urls()).toEqual(before);
  });
});
