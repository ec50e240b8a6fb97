import { expect, test } from 'vitest';
import type { RunEvent } from '../../../src/execute/world.js';
import type { Step } from '../../../src/plan/plan.js';
import { startProgress } from '../../../src/ui/progress.js';
import { FakeRun } from '../../support/run.js';
import { captured } from '../../support/streams.js';
import { topology } from '../../support/topologies.js';

const wait: Step = {
  id: 'sync redis-2',
  after: [],
  kind: 'waitInSync',
  resource: 'rrepl-demo-redis-2',
  cause: 'replica of redis-1',
  node: 'redis-2',
  port: 6382,
  upstream: { node: 'redis-1', port: 6381 },
  topology: 'demo',
  labels: {},
};

async function shown(events: readonly RunEvent[], isTTY = false, env: NodeJS.ProcessEnv = {}) {
  const cursor = { cursorTo: () => true, clearLine: () => true, moveCursor: () => true };
  const stderr = Object.assign(captured(isTTY), cursor);
  const progress = await startProgress({ stderr, env, title: 'bringing up demo' });
  events.forEach(progress.show);
  progress.end();
  return stderr.text;
}

test('off a terminal: a plain line whenever a node gets further', async () => {
  const run = new FakeRun();
  await run.start({ topology: topology({ replicas: 1 }) });
  expect(`\n${await shown(run.events)}`).toMatchInlineSnapshot(`
    "
    redis-1: created
    redis-2: created
    redis-1: started
    redis-1: waiting for PONG
    redis-1: ready
    redis-2: started
    redis-2: waiting for PONG
    redis-2: ready
    redis-2: link up, catching up
    redis-2: in sync
    "
  `);
});

test('an image is pulled', async () => {
  const run = new FakeRun();
  const passwd = 'redis:x:1:1::/:/bin/sh\n';
  run.runtime.registry.set('redis:7.4', {
    id: 'x',
    command: ['redis-server'],
    env: [],
    user: '',
    passwd,
  });
  await run.start({ topology: topology({ replicas: 0, image: 'redis:7.4' }) });
  expect(await shown(run.events.slice(0, 3))).toBe(
    'redis:7.4: pulling\nredis:7.4: 1/1 layers\nredis:7.4: pulled\n',
  );
});

test('what is said twice in a row is shown once', async () => {
  const progress: RunEvent = { type: 'progress', step: wait, text: 'full resync 42%' };
  const note: RunEvent = { type: 'note', text: 'port 6381 is taken' };
  expect(await shown([progress, progress, note, { type: 'done', step: wait }])).toBe(
    'redis-2: full resync 42%\nport 6381 is taken\nredis-2: in sync\n',
  );
});

test.each<[string, boolean, NodeJS.ProcessEnv]>([
  ['a pipe', false, {}],
  ['a CI job', true, { CI: 'true' }],
  ['a dumb terminal', true, { TERM: 'dumb' }],
])('no live block, cursor control or colour in %s', async (_, isTTY, env) => {
  expect(await shown([{ type: 'done', step: wait }], isTTY, env)).toBe('redis-2: in sync\n');
});

test('nor in a terminal that has no size, where a live block would be cleared for ever', async () => {
  const stderr = Object.assign(captured(true), { columns: 0 });
  const progress = await startProgress({ stderr, env: {}, title: 'bringing up demo' });
  progress.show({ type: 'done', step: wait });
  progress.end();
  expect(stderr.text).toBe('redis-2: in sync\n');
});

test('on a terminal a node that is in sync gets a tick, which stays', async () => {
  const text = await shown(
    [
      { type: 'progress', step: wait, text: 'full resync' },
      { type: 'done', step: wait },
    ],
    true,
    { NO_COLOR: '1' },
  );
  expect(text).toMatch(/✔ redis-2 {2}in sync\n$/);
  const unfinished: RunEvent[] = [{ type: 'progress', step: wait, text: 'full resync' }];
  expect(await shown(unfinished, true, { NO_COLOR: '1' })).not.toContain('✔');
});
