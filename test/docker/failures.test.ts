/** When `up` can't: what it says, what it returns and that it leaves nothing behind. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import {
  containerOf,
  docker,
  holdings,
  IMAGE,
  NOTHING,
  redis,
  replicationNetworkOf,
  TOPOLOGY_FILE,
} from '../support/docker.js';
import { close, freePorts, isFree, listen } from '../support/ports.js';
import {
  expectVerified,
  newTopology,
  removeTopologies,
  rrepl,
  run,
  start,
} from '../support/rrepl.js';

const shell = (command: string) => promisify(execFile)('sh', ['-c', command]);

const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0)) await step();
  await removeTopologies();
});

/** The master waits an hour for more replicas before it sends the first copy. */
const NEVER_IN_SYNC = ['--set', 'repl-diskless-sync=yes', '--set', 'repl-diskless-sync-delay=3600'];

async function upArgs(name: string, ...args: string[]): Promise<string[]> {
  return ['up', '--name', name, '--port', String(await freePorts(3)), ...args];
}

async function expectNothing(name: string): Promise<void> {
  expect(await holdings(name)).toEqual(NOTHING);
}

describe('a configuration that the server refuses', () => {
  const words = 'Bad directive or wrong number of arguments';

  test('is told in the server’s own words', async () => {
    const name = newTopology();
    const { exitCode, stdout, stderr } = await run(await upArgs(name, '--set', 'foo=bar'));
    expect(exitCode, stderr).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toContain(`redis-1 refused its configuration: 'foo bar': ${words}`);
    expect(stderr).not.toContain('left behind');
    await expectNothing(name);
  });

  test.each(['loadmodule', 'unixsocket'])('for a path that is not there: %s', async (directive) => {
    const name = newTopology();
    const { exitCode, stderr } = await run(await upArgs(name, '--set', `${directive}=/nope/x`));
    expect(exitCode, stderr).toBe(3);
    expect(stderr).toContain(`redis-1 refused its configuration: ${directive}: `);
    expect(stderr).toContain('No such file or directory');
    expect(stderr).toContain('paths in them are those inside the container');
    await expectNothing(name);
  });

  test('stays to be looked at with --retain', async () => {
    const name = newTopology();
    const args = await upArgs(name, '--set', 'foo=bar', '--replicas', '1', '--retain');
    const { exitCode, stderr } = await run(args);
    expect(exitCode, stderr).toBe(3);
    expect(stderr).toContain(`\`rrepl down --name ${name}\` removes it`);
    expect((await holdings(name)).containers).toHaveLength(2);
    expect(await rrepl(['logs', 'redis-1', '--name', name])).toContain(words);
  });

  test('never reaches the engine where rrepl knows better', async () => {
    const name = newTopology();
    const args = await upArgs(name, '--set', 'requirepass=secret', '--set', 'port=1');
    const { exitCode, stderr } = await run(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("requirepass can't be set");
    expect(stderr).toContain("port can't be set");
    await expectNothing(name);
  });
});

/** The commands of a hint stand on lines of their own. */
const commandsIn = (stderr: string): string[] =>
  stderr.split('\n').flatMap((line) => /^ {2}((?:docker|rrepl) .*)$/.exec(line)?.[1] ?? []);

describe('a server that is there', () => {
  test('and can not read its own copy: the reason at once, and a way to another copy', async () => {
    const name = newTopology();
    await rrepl(await upArgs(name, '--replicas', '1', '--set', 'appendonly=yes'));
    const spoil = 'for it in $(find /data -name "*.aof"); do echo garbage >> $it; done';
    await docker('exec', containerOf(name, 'redis-2'), 'sh', '-c', spoil);
    await rrepl(['stop', 'redis-2', '--name', name]);
    for (const command of [['start', 'redis-2'], ['heal']]) {
      const { exitCode, stderr } = await run([...command, '--name', name]);
      expect(exitCode, stderr).toBe(4);
      expect(stderr).toContain('redis-2 exited with code 1');
      expect(stderr).toContain('Bad file format reading the append only file');
      const [setAside = '', heal] = commandsIn(stderr);
      expect(setAside).toMatch(/^docker run /);
      expect(heal).toBe(`rrepl heal --name ${name}`);
      if (command[0] === 'heal') await shell(setAside);
    }
    await rrepl(['heal', '--name', name]);
    await expectVerified(name);
  });

  // With a password of rrepl's own it would be another error.
  test.skipIf(TOPOLOGY_FILE)('and lets nobody in: its words end the wait', async () => {
    const name = newTopology();
    await rrepl(await upArgs(name, '--replicas', '1'));
    await redis(name, 'redis-1', 'CONFIG', 'SET', 'requirepass', 'secret');
    const closed = await run(['heal', '--name', name]);
    expect(closed.exitCode, closed.stderr).toBe(1);
    expect(closed.stderr).toContain('redis-1 answers NOAUTH Authentication required.');
    const takeBack = ['-a', 'secret', 'CONFIG', 'SET', 'requirepass', ''];
    await rrepl(['cli', 'redis-1', '--name', name, '--', ...takeBack]);
    await rrepl(['heal', '--name', name]);
  });

  test('and can not save: its words end the wait, status says why', async () => {
    const name = newTopology();
    await rrepl(await upArgs(name, '--replicas', '1'));
    const container = containerOf(name, 'redis-1');
    const owner = await docker('exec', container, 'stat', '-c', '%u', '/data');
    const asServer = (...command: string[]) => docker('exec', '-u', owner, container, ...command);
    await asServer('chmod', '500', '/data');
    await redis(name, 'redis-1', 'BGSAVE');
    const words = 'its last save failed: Failed opening the';
    await expect.poll(() => rrepl(['status', '--name', name])).toContain(`! redis-1: ${words}`);
    const full = await run(['heal', '--name', name]);
    expect(full.exitCode, full.stderr).toBe(1);
    expect(full.stderr).toContain('redis-1 answers MISCONF');
    await asServer('chmod', '700', '/data');
    await rrepl(['cli', 'redis-1', '--name', name, '--', 'BGSAVE']);
    await expect.poll(() => rrepl(['status', '--name', name])).not.toContain('last save failed');
    await rrepl(['heal', '--name', name]);
  });
});

describe('a port that is taken', () => {
  test('by a program', async () => {
    const name = newTopology();
    const port = await freePorts(3);
    const server = await listen(port + 1);
    undo.push(() => close(server));
    const { exitCode, stderr } = await run(['up', '--name', name, '--port', String(port)]);
    expect(exitCode, stderr).toBe(3);
    expect(stderr).toContain(`port ${port + 1}, wanted for redis-2, is taken`);
    await expectNothing(name);
  });

  test('by a container, which is named', async () => {
    const name = newTopology();
    const port = await freePorts(3);
    const holder = `${name}-holder`;
    undo.push(() => docker('rm', '-f', '-v', holder));
    await docker('run', '-d', '--name', holder, '-p', `127.0.0.1:${port}:6379`, IMAGE);
    const { exitCode, stderr } = await run(['up', '--name', name, '--port', String(port)]);
    expect(exitCode, stderr).toBe(3);
    expect(stderr).toContain(`port ${port}, wanted for redis-1, is taken by container ${holder}`);
    await expectNothing(name);
  });

  test('gives way to the next one if it was not asked for', async () => {
    const name = newTopology();
    // Whoever has it: this test, another program, or a container that is stopped.
    if (await isFree(6381)) {
      const server = await listen(6381);
      undo.push(() => close(server));
    }
    const { exitCode, stdout, stderr } = await run(['up', '--name', name, '--replicas', '0']);
    expect(exitCode, stderr).toBe(0);
    const [, port] = /port 6381 is taken.*: redis-1 is published on (\d+)/.exec(stderr) ?? [];
    expect(stdout).toContain(`REDIS_URL=redis://127.0.0.1:${port}\n`);
    expect(await redis(name, 'redis-1', 'PING')).toBe('PONG');
  });
});

describe('an engine that does not do it', () => {
  test('an image that can’t be pulled', async () => {
    const name = newTopology();
    const args = await upArgs(name, '--image', 'localhost:1/no/such:image');
    const { exitCode, stdout, stderr } = await run(args);
    expect(exitCode, stderr).toBe(4);
    expect(stdout).toBe('');
    // The engine's own words.
    expect(stderr).toMatch(/cannot pull image localhost:1\/no\/such:image: .*connection refused/);
    await expectNothing(name);
  });

  test('an engine that is not there', async () => {
    const host = 'unix:///nowhere/docker.sock';
    for (const command of ['up', 'status', 'verify', 'down', 'ls']) {
      const { exitCode, stdout, stderr } = await run([command, '--host', host]);
      expect(exitCode, `${command}: ${stderr}`).toBe(4);
      expect(stdout).toBe('');
      expect(stderr).toContain(host);
    }
  });

  test('an image that is no Redis', async () => {
    const name = newTopology();
    const image = `rrepl-${name}:1`;
    undo.push(() => docker('rmi', image));
    await docker('tag', IMAGE, image);
    const container = await docker('create', '--entrypoint', 'false', image);
    await docker('commit', container, image);
    await docker('rm', '-v', container);
    const { exitCode, stderr } = await run(await upArgs(name, '--image', image));
    expect(exitCode, stderr).toBe(4);
    expect(stderr).toContain('redis-1 exited with code 1');
    await expectNothing(name);
  });
});

describe('a deadline', () => {
  test.each(['1ms', '400ms'])('of %s', async (timeout) => {
    const name = newTopology();
    const { exitCode, stdout, stderr } = await run(await upArgs(name, '--timeout', timeout));
    expect(exitCode, stderr).toBe(5);
    expect(stdout).toBe('');
    expect(stderr).toContain(`${name} is not up after ${timeout.replace('ms', '')}`);
    await expectNothing(name);
  });

  test('that a replica can’t meet: each node says what it waits for, and its log', async () => {
    const name = newTopology();
    const args = await upArgs(name, ...NEVER_IN_SYNC, '--timeout', '6s');
    const { exitCode, stderr } = await run(args);
    expect(exitCode, stderr).toBe(5);
    for (const replica of ['redis-2', 'redis-3']) {
      expect(stderr).toMatch(new RegExp(`^${replica}: link down`, 'm'));
    }
    expect(stderr).toMatch(/^redis-1: wait until it answers/m);
    expect(stderr).toMatch(/^ {4}1:M .*Delay next BGSAVE for diskless SYNC/m);
    expect(stderr).toMatch(/^ {4}1:S .*MASTER <-> REPLICA sync started/m);
    expect(stderr).toContain('--timeout');
    await expectNothing(name);
  });

  test('leaves what was there before, and what was down comes up with more time', async () => {
    const name = newTopology();
    const args = await upArgs(name, '--replicas', '1');
    await rrepl(args);
    const before = await holdings(name);
    await docker('stop', '-t', '15', `rrepl-${name}-redis-1`);
    expect((await run([...args, '--timeout', '100ms'])).exitCode).toBe(5);
    expect(await holdings(name)).toEqual(before);
    await rrepl(args);
    await expectVerified(name);
  });
});

describe('an interruption', () => {
  test.each([
    ['SIGINT', 130, /created/],
    ['SIGINT', 130, /redis-1: started/],
    ['SIGTERM', 143, /redis-2: link down/],
    ['SIGHUP', 129, /redis-1: ready/],
  ] as const)('%s ends with %i and removes what was made (%s)', async (signal, code, moment) => {
    const name = newTopology();
    const { child, ended, untilStderr } = start(await upArgs(name, ...NEVER_IN_SYNC));
    await untilStderr(moment);
    child.kill(signal);
    const { exitCode, stdout, stderr } = await ended;
    expect(exitCode, stderr).toBe(code);
    expect(stdout).toBe('');
    await expectNothing(name);
  });

  test.each([/created/, /redis-1: started/, /redis-2: ready/])(
    'kill -9 at %s, and the next up finishes the work',
    async (moment) => {
      const name = newTopology();
      const args = await upArgs(name);
      const { child, ended, untilStderr } = start(args);
      await untilStderr(moment);
      child.kill('SIGKILL');
      await ended;
      await rrepl(args);
      await expectVerified(name);
    },
  );

  test('kill -9 between the two networks of a container', async () => {
    const name = newTopology();
    const args = await upArgs(name, '--replicas', '1');
    const { child, ended, untilStderr } = start(args);
    await untilStderr(/redis-2: created/);
    child.kill('SIGKILL');
    await ended;
    // The kill may come a moment before the second one or after it.
    const network = replicationNetworkOf(name);
    const format = `{{json .NetworkSettings.Networks}}`;
    const attached = await docker('inspect', '--format', format, containerOf(name, 'redis-2'));
    if (attached.includes(network)) {
      await docker('network', 'disconnect', network, containerOf(name, 'redis-2'));
    }
    await rrepl(args);
    await expectVerified(name);
  });
});
