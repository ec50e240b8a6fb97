/** What commands print of a secured topology, and what they make the engine run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from '../../../../src/main.js';
import type { NodeAddress } from '../../../../src/redis/ioredis-node.js';
import { FakeServers } from '../../../support/fake-redis.js';
import { FakeRuntime } from '../../../support/fake-runtime.js';
import { expectShape } from '../../../support/shapes.js';
import { captured, noInput } from '../../../support/streams.js';

vi.setConfig({ testTimeout: 30_000 });

const PASSWORD = 'hunter2';
const cwd = mkdtempSync(join(tmpdir(), 'rrepl-access-'));
writeFileSync(join(cwd, 'secret'), `${PASSWORD}\n`);
afterAll(() => rmSync(cwd, { recursive: true }));

let runtime: FakeRuntime;
let servers: FakeServers;

vi.mock('../../../../src/docker/connect.js', () => ({ connectEngine: async () => runtime }));
vi.mock('../../../../src/redis/ioredis-node.js', () => ({
  connectNode: ({ name, port }: NodeAddress) => servers.connect(runtime, name, port),
}));

beforeEach(() => {
  runtime = new FakeRuntime();
  servers = new FakeServers(runtime);
});

async function rrepl(...argv: string[]) {
  const streams = { stdin: noInput(), stdout: captured(), stderr: captured() };
  const exitCode = await main(argv, { ...streams, env: {}, cwd });
  return { exitCode, stdout: streams.stdout.text, stderr: streams.stderr.text };
}

const FLAGS = ['--password', 'file:secret', '--user', 'app'];

describe('a secured topology', () => {
  beforeEach(async () => {
    expect((await rrepl('up', '--replicas', '1', '--tls', ...FLAGS)).exitCode).toBe(0);
  });

  it('is shown masked, unless its password is asked for', async () => {
    const { stdout } = await rrepl('status', '--json');
    expectShape('status', JSON.parse(stdout));
    expect(JSON.parse(stdout)).toMatchObject({
      security: { password: true, user: 'app', tls: true },
      nodes: [{ url: 'rediss://app:***@127.0.0.2:6381' }, { url: expect.any(String) }],
    });
    const commands = [['up'], ['status'], ['env'], ['render', ...FLAGS], ['plan']];
    commands.push(['plan', '--json', '--replicas', '3', ...FLAGS]);
    for (const command of commands) {
      const said = await rrepl(...command, '--debug');
      expect(`${said.stdout}${said.stderr}`, command.join(' ')).not.toContain(PASSWORD);
    }
    for (const command of ['up', 'status', 'env']) {
      const said = await rrepl(command, '--show-secrets');
      expect(said.stdout).toContain(`rediss://app:${PASSWORD}@127.0.0.2:6381`);
    }
  });

  it('gives its password and its certificate to who asks for them', async () => {
    expect((await rrepl('password')).stdout).toBe(`${PASSWORD}\n`);
    expect((await rrepl('ca')).stdout).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
  });

  it('is opened with redis-cli without the password on a command line', async () => {
    await rrepl('cli', '--', 'GET', 'x');
    const [call = ''] = runtime.calls.filter((it) => it.startsWith('execInteractive'));
    expect(call).toContain('cat /usr/local/etc/redis/password');
    expect(call).toMatch(/ redis-cli --user app --tls --cacert \S+\/ca\.crt GET x$/);
    expect(call).not.toContain(PASSWORD);
  });
});

it('an unsecured one has neither password nor certificate', async () => {
  await rrepl('up');
  for (const command of ['password', 'ca']) {
    const { exitCode, stdout, stderr } = await rrepl(command);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('topology default has no');
  }
});

it('a password lets a topology be published beyond this machine', async () => {
  const publish = ['up', '--replicas', '0', '--bind', '0.0.0.0'];
  const refused = await rrepl(...publish, '--tls');
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toContain('--password auto');
  expect((await rrepl(...publish, ...FLAGS)).exitCode).toBe(0);
});
