/** What docs/clients.md shows, played against a real switchover. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { withLive } from '../support/live.js';
import { freePorts } from '../support/ports.js';
import { newTopology, removeTopologies, rrepl, run } from '../support/rrepl.js';

afterAll(removeTopologies);

const DRIVER = `
let stop = false;
process.stdin.on('end', () => { stop = true; }).resume();
let pushed = 0;
while (!stop) {
  await write('RPUSH', 'orders', String(++pushed));
  if (pushed === 100) console.log('under way');
}
console.log(JSON.stringify({ pushed, kept: await redis.llen('orders'), port: redis.options.port }));
process.exit();
`;

test('the loop for ioredis goes on with the new master, and pushes everything once', async () => {
  const name = newTopology('d');
  await rrepl(['up', '--name', name, '--replicas', '2', '--port', String(await freePorts(3))]);
  const docs = await readFile('docs/clients.md', 'utf8');
  const [, loop = ''] = /```js\n(.*?)```/s.exec(docs) ?? [];
  const env = Object.fromEntries(
    (await rrepl(['env', '--name', name]))
      .trim()
      .split('\n')
      .map((line) => line.split('=')),
  );
  const code = loop.replace(/^await write\(.*$/m, '') + DRIVER;
  const program = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: { ...process.env, ...env },
  });
  const errors = text(program.stderr);
  await once(program.stdout, 'data');
  const { exitCode, stderr } = await run(['switchover', 'redis-2', '--name', name]);
  expect(exitCode, stderr).toBe(0);
  const { port } = await withLive(name, async ({ nodes }) => {
    return { port: nodes.find((node) => node.name === 'redis-2')?.port };
  });
  expect(stderr).toMatch(
    new RegExp(`\nthe master is redis-2, redis://127.0.0.1:${port}; REDIS_URL has changed\n$`),
  );
  const said = text(program.stdout);
  program.stdin.end();
  const result = JSON.parse(await said);
  expect(result, await errors).toEqual({ pushed: result.pushed, kept: result.pushed, port });
  expect(result.pushed).toBeGreaterThan(100);
}, 120_000);
