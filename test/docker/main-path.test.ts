/**
 * The main path on the other servers that rrepl knows, in the words of a user: up, verify,
 * fail over, verify, down. What is asked of them in detail is asked of `RREPL_TEST_IMAGE`.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { amount } from '../support/amount.js';
import { IMAGE } from '../support/docker.js';
import {
  expectVerified,
  newTopology,
  removeTopologies,
  rrepl,
  run,
  status,
} from '../support/rrepl.js';

const IMAGES = ['redis:6.0', 'redis:7.0', 'redis:8.0', 'valkey:8.1'];
/** Those whose rules differ most between versions. */
const DRILLS = ['restart-master', 'partition-long', 'lock-loss'].slice(0, amount(1, 3));
/** Those that a login and TLS make different. */
const SECURED_DRILLS = ['lock-loss', 'disk-full', 'shared-bgsave'].slice(0, amount(1, 3));
/** They are played on all servers at the same time. */
const DRILLS_MS = 240_000;
const SECURITY = ['--password', 'auto', '--user', 'app', '--tls'];

afterAll(removeTopologies);

describe.concurrent.each(IMAGES.filter((image) => image !== IMAGE))('%s', (image) => {
  const name = newTopology('m');
  const of = (command: string, ...args: string[]) => [command, '--name', name, ...args];
  const cli = (...command: string[]) => rrepl(of('cli', '--', ...command));

  test.sequential('up, verify, write and read', async () => {
    await rrepl(of('up', '--image', image));
    await expectVerified(name);
    expect(await cli('SET', 'greeting', 'hello')).toBe('OK\n');
    const { nodes } = await status(name);
    expect(nodes.map(({ role, link }) => [role, link])).toEqual([
      ['master', null],
      ['replica', 'up'],
      ['replica', 'up'],
    ]);
    expect(await rrepl(['cli', 'redis-3', '--name', name, '--', 'GET', 'greeting'])).toBe(
      'hello\n',
    );
  });

  test.sequential('switchover, restart and heal', async () => {
    await rrepl(of('switchover'));
    await expectVerified(name);
    await rrepl(['restart', 'master', '--name', name]);
    await rrepl(['disconnect', 'replica', '--name', name]);
    await rrepl(of('heal'));
    await expectVerified(name);
    expect(await cli('GET', 'greeting')).toBe('hello\n');
  });

  test.sequential('kill-master with WAIT loses nothing', async () => {
    const short = ['--before', '300ms', '--after', '300ms', '--wait', '1', '--json'];
    const { exitCode, stdout, stderr } = await run(of('kill-master', ...short));
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'pass', writes: { lost: 0 } });
    await expectVerified(name);
  });

  test.sequential('down keeps the data, up finds them again, and who was master', async () => {
    const masterOf = async () =>
      (await status(name)).nodes.find(({ role }) => role === 'master')?.name;
    const master = await masterOf();
    await rrepl(of('down'));
    await rrepl(of('up', '--image', image));
    expect(await masterOf()).toBe(master);
    expect(await cli('GET', 'greeting')).toBe('hello\n');
    await expectVerified(name);
  });

  test.sequential('drills', { timeout: DRILLS_MS }, async () => {
    const wish = ['--image', image];
    const drills = await run(['drill', 'run', ...DRILLS, ...wish], { timeoutMs: DRILLS_MS });
    expect(drills.exitCode, drills.stdout).toBe(0);
  });

  test.sequential('drills on secured servers', { timeout: DRILLS_MS }, async () => {
    const args = ['drill', 'run', ...SECURED_DRILLS, '--image', image, ...SECURITY];
    const { exitCode, stdout } = await run(args, { timeoutMs: DRILLS_MS });
    expect(exitCode, stdout).toBe(0);
  });
});
