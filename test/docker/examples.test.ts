/** examples/, run as their README says. */
import { execFile, spawnSync } from 'node:child_process';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IMAGE, TOPOLOGY_FILE } from '../support/docker.js';
import { freePorts } from '../support/ports.js';
import { BIN, newTopology, removeTopologies, run } from '../support/rrepl.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** With its packages, kept for the next time. */
const folder = join(ROOT, 'node_modules', '.cache', 'examples');

beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  await cp(join(ROOT, 'examples'), folder, { recursive: true });
  const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--no-package-lock'];
  await promisify(execFile)('npm', ['install', ...flags], { cwd: folder });
  await symlink(ROOT, join(folder, 'node_modules', 'rrepl')).catch(() => {});
}, 240_000);

// They show clients of servers that let everyone in.
const isOpen = TOPOLOGY_FILE === undefined;

/** Debian's own, which sees Debian's packages. `bin/setup` installs redis-py where it can. */
const PYTHON = '/usr/bin/python3';
const hasRedisPy = spawnSync(PYTHON, ['-c', 'import redis']).status === 0;

async function goesOn(client: string): Promise<void> {
  const RREPL = `${process.execPath} ${BIN}`;
  const env = { RREPL, PYTHON, RREPL_PORT: String(await freePorts(3)), RREPL_IMAGE: IMAGE };
  const table = join(folder, 'clients', 'table.mjs');
  const { exitCode, stdout, stderr } = await run([table, client], {
    program: [process.execPath],
    env,
  });
  expect(exitCode, stdout + stderr).toBe(0);
  const cells = (stdout.trim().split('\n').at(-1) ?? '').split(' | ');
  expect(cells[0]).toBe(`| ${client}`);
  expect(cells[1]).toMatch(/^\d+ ms$/);
  expect(Number(cells[2])).toBeGreaterThan(0);
  // A replica of its own set has what was acknowledged, but for the last moment: none or few.
  expect(cells[5]).toMatch(/^\d+$/);
  expect(cells[6]).toBe('yes |');
}

test.runIf(isOpen).each(['ioredis', 'ioredis-once', 'iovalkey', 'node-redis', 'bullmq'])(
  '%s goes on after a failover, as its line says',
  goesOn,
);
test.runIf(isOpen && hasRedisPy)('redis-py does, too', () => goesOn('redis-py'));

/** Cells of the table, by client and where it runs. */
async function sentinelTable(...args: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { exitCode, stdout, stderr } = await run([join(folder, 'sentinel', 'table.mjs'), ...args], {
    program: [process.execPath],
    env: {
      ...{ RREPL: `${process.execPath} ${BIN}`, RREPL_NAME: newTopology(), PYTHON },
      ...{ RREPL_PORT: String(await freePorts(3)), RREPL_IMAGE: IMAGE },
    },
    timeoutMs: 170_000,
  });
  expect(exitCode, stdout + stderr).toBe(0);
  const rows = stdout.split('\n').filter((line) => /^\| [\w-]+ \d/.test(line));
  return new Map(
    rows.map((row) => {
      const [client, place, cell] = row.replace(/^\| | \|$/g, '').split(' | ');
      return [`${client}, ${place}`, cell ?? ''];
    }),
  );
}

describe.runIf(isOpen)('clients that ask sentinels', () => {
  afterAll(removeTopologies);
  const others = hasRedisPy ? ['redis-py'] : [];

  test.each(['host', 'container'])(
    'all go on after the death of the master, from the %s',
    async (place) => {
      const clients = ['ioredis', 'ioredis-timeouts', 'iovalkey', 'node-redis', ...others];
      const cells = await sentinelTable('--fault', 'kill', '--from', place, ...clients);
      expect(cells.size).toBe(clients.length);
      for (const [client, cell] of cells) expect(cell, client).toMatch(/^\d+\.\d s/);
    },
    180_000,
  );

  test('one that hangs is left by those that have a timeout; ioredis waits for it', async () => {
    const clients = ['ioredis', 'ioredis-timeouts', 'iovalkey-timeouts', ...others];
    const cells = await sentinelTable('--fault', 'hang', '--from', 'host', ...clients);
    const waited = [...cells].filter(([, cell]) => cell.startsWith('over'));
    expect(cells.size).toBe(clients.length);
    expect(waited.map(([client]) => client)).toEqual([
      expect.stringMatching(/^ioredis [\d.]+, this host/),
    ]);
  }, 180_000);
});

test.runIf(isOpen)('redis-cli in a shell script', async () => {
  const client = `docker run --rm -i --network host ${IMAGE} redis-cli`;
  const flags = ['--when', 'under way', '--fault', 'kill-master@1s', '--port'];
  const script = join(folder, 'clients', 'redis-cli.sh');
  const { exitCode, stdout, stderr } = await run(
    ['run', ...flags, String(await freePorts(3)), '--', script, '8'],
    { env: { REDIS_CLI: client } },
  );
  expect(exitCode, stderr).toBe(0);
  const said = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  expect(said.acknowledged).toBeGreaterThan(2);
  expect(said.twice).toBe(0);
});

test.runIf(isOpen)('the shop does not oversell', async () => {
  const suite = join(folder, 'shop', 'shop.test.mjs');
  const { exitCode, stdout, stderr } = await run(['--test', suite], {
    program: [process.execPath],
    env: { NODE_TEST_CONTEXT: undefined },
    timeoutMs: 110_000,
  });
  expect(exitCode, stdout + stderr).toBe(0);
  expect(stdout).toMatch(/pass 2\n/);
});
