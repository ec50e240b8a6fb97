/** Engines behind ssh://, through a real sshd with this machine's engine at its other end. */
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { freePorts } from '../support/ports.js';
import { newTopology, removeTopologies, rrepl, run, start } from '../support/rrepl.js';
import { type Login, Sshd } from '../support/sshd.js';

let sshd: Sshd;

beforeAll(async () => {
  sshd = await Sshd.start();
});
afterEach(removeTopologies);
afterAll(() => sshd.stop());

const through = (login: Login) => ({ env: { ...sshd.env, DOCKER_HOST: sshd.host(login) } });

async function upArgs(replicas: number): Promise<[name: string, args: string[]]> {
  const name = newTopology('ssh');
  const port = String(await freePorts(replicas + 1));
  return [name, ['up', '--name', name, '--port', port, '--replicas', String(replicas)]];
}

test('a topology from its beginning to its end, over few connections', async () => {
  const before = sshd.logins;
  // So many at once that sshd would refuse some of them.
  const [name, up] = await upArgs(4);
  await rrepl(up, through('welcome'));
  expect(sshd.logins - before).toBeLessThan(30);
  await rrepl(['verify', '--name', name], through('welcome'));
  await rrepl(['switchover', '--name', name], through('welcome'));
  expect(await rrepl(['cli', '--name', name, 'redis-2', '--', 'PING'], through('welcome'))).toBe(
    'PONG\n',
  );
  expect(await rrepl(['logs', '--name', name, 'redis-2'], through('welcome'))).toContain('MASTER');
  await rrepl(['down', '--volumes', '--name', name], through('welcome'));
  expect(await sshd.clients()).toEqual([]);
});

test('an address with user and port, and the key of an agent', async () => {
  const args = ['status', '--json', '--name', newTopology('ssh'), '--host', sshd.address];
  const locked = await run(args, { env: { ...sshd.env, SSH_AUTH_SOCK: '/nowhere' } });
  expect(locked).toMatchObject({ exitCode: 4, stdout: '' });
  await using agent = await sshd.agent();
  const { stderr } = await run(args, { env: { ...sshd.env, SSH_AUTH_SOCK: agent.socket } });
  expect(stderr).toContain('there is no topology');
});

test.each<[Login, RegExp]>([
  ['stranger', /Permission denied \(publickey\)/],
  ['no-docker', /docker: (command )?not found/],
  ['no-access', /permission denied/],
])('%s: one error with the words of the other end', async (login, words) => {
  const { exitCode, stdout, stderr } = await run(['status'], through(login));
  expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
  expect(stderr).toMatch(words);
  expect(stderr.match(/^error: /gm)).toHaveLength(1);
  expect(stderr).toContain(sshd.host(login));
});

test('nobody listens', async () => {
  const port = await freePorts(1);
  const { exitCode, stderr } = await run(['status', '--host', `ssh://127.0.0.1:${port}`], {
    env: sshd.env,
  });
  expect(exitCode).toBe(4);
  expect(stderr).toContain('Connection refused');
});

test('no ssh here', async () => {
  const { exitCode, stderr } = await run(['status', '--host', sshd.host('welcome')], {
    env: { PATH: '/nowhere' },
  });
  expect(exitCode).toBe(4);
  expect(stderr).toContain('there is no ssh in PATH');
});

test('Ctrl-C ends it, undoes what was begun and leaves no ssh behind', async () => {
  const [name, up] = await upArgs(2);
  const started = start(up, through('welcome'));
  await started.untilStderr(/redis-1/);
  started.child.kill('SIGINT');
  expect((await started.ended).exitCode).toBe(130);
  expect(await sshd.clients()).toEqual([]);
  const { nodes } = JSON.parse(await rrepl(['ls', '--json']));
  expect(JSON.stringify(nodes ?? [])).not.toContain(name);
});

test('kill -9 leaves no ssh behind', async () => {
  const [, up] = await upArgs(1);
  const started = start(up, through('welcome'));
  await started.untilStderr(/redis-1/);
  expect(await sshd.clients()).not.toEqual([]);
  started.child.kill('SIGKILL');
  await started.ended;
  await vi.waitFor(async () => expect(await sshd.clients()).toEqual([]), 20_000);
});
