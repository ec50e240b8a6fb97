import { beforeEach, describe, expect, it } from 'vitest';
import { hintFor } from '../../../src/cli/hints/index.js';
import { EngineError } from '../../../src/errors.js';
import { execute } from '../../../src/execute/execute.js';
import type { RunEvent } from '../../../src/execute/world.js';
import { setAside } from '../../../src/failover/set-aside.js';
import { parseSetAside, readSetAside } from '../../../src/observe/set-aside.js';
import { Draft } from '../../../src/plan/draft.js';
import { planRejoin } from '../../../src/plan/failover.js';
import { Deadline } from '../../../src/redis/wait.js';
import { FakeRun, rejection } from '../../support/run.js';

const CONTAINER = 'rrepl-demo-redis-1';
const PLACE = { topology: 'demo', node: 'redis-1', container: CONTAINER };

let run: FakeRun;
beforeEach(async () => {
  run = new FakeRun();
  await run.start();
  await run.runtime.killContainer(CONTAINER, 'SIGKILL');
});

/** As a replica of redis-2. */
async function rejoin(aside: string | null): Promise<RunEvent[]> {
  const draft = new Draft();
  planRejoin(draft, 'demo', { name: 'redis-1', upstream: 'redis-2', aside, salvages: false });
  const events: RunEvent[] = [];
  await execute(
    { topology: 'demo', steps: draft.steps, first: [], notes: [] },
    {
      runtime: run.runtime,
      creation: null,
      connect: (name, port) => run.servers.connect(run.runtime, name, port),
      deadline: new Deadline(5000),
      signal: new AbortController().signal,
      emit: (event) => events.push(event),
    },
  );
  return events;
}

describe('what is set aside', () => {
  it('can be read back, with why and by whom', async () => {
    const kept = await setAside(run.runtime, PLACE, 'a test');
    expect(kept).toMatchObject({ cause: 'a test', role: 'master', image: 'redis:6.0', keys: 1 });
    expect(kept?.server).toEqual({ product: 'redis', version: '6.0.16' });
    expect(kept?.path).toMatch(/^\/data\/rrepl-set-aside\/\d{4}-\d\d-\d\dT[\d.-]+Z$/);
    expect(await readSetAside(run.runtime, CONTAINER)).toEqual(kept);
    expect(await readSetAside(run.runtime, 'rrepl-demo-redis-2')).toBeNull();
  });

  it('is set aside before a former master starts as a replica', async () => {
    run.runtime.calls.length = 0;
    const events = await rejoin('a test');
    const { path } = (await readSetAside(run.runtime, CONTAINER)) ?? {};
    expect(events).toContainEqual({ type: 'setAside', topology: 'demo', node: 'redis-1', path });
    const calls = run.runtime.calls.filter((call) => /^(runBeside|write|start)/.test(call));
    expect(calls).toEqual([
      `runBeside ${CONTAINER} keep`,
      expect.stringMatching(/^writeFiles /),
      `startContainer ${CONTAINER}`,
    ]);
  });

  it('is nothing for a topology that is removed afterwards', async () => {
    expect((await rejoin(null)).map(({ type }) => type)).not.toContain('setAside');
    expect(run.runtime.setAside.size).toBe(0);
  });

  it('is not said to be when the disk is full', async () => {
    const full = ['cp: error writing: No space left on device', '/dev/sda 100 100 0 100% /data'];
    run.runtime.runBeside = async () => ({ exitCode: 1, lines: full });
    const error = await rejection(setAside(run.runtime, PLACE, 'a test'));
    expect(error).toBeInstanceOf(EngineError);
    expect(error.message).toMatch(/can't be set aside .*disk under \/data is full.*as they were/);
    expect(hintFor(error)).toContain(
      '`rrepl restore redis-1 --discard --name demo` removes what was set aside there before',
    );
  });
});

describe('the record', () => {
  const record = (facts: object, about: object = {}) =>
    JSON.stringify({
      folder: 'x',
      about: { at: '2026-11-26T06:31:00Z', ...about },
      rdbHead: 'UkVESVM=',
      ...facts,
    });

  it('of somebody else is none', () => {
    for (const text of ['', 'null', '[]', '{}', '{"folder":1,"about":{}}', 'x']) {
      expect(parseSetAside(text)).toBeNull();
    }
  });

  it.each([
    ['rdb', 'there is no AOF', { aof: false }, { aofOn: true }],
    ['rdb', 'the AOF was off', { aof: true }, { aofOn: false }],
    ['aof', 'the AOF was on', { aof: true, aofNewer: true }, { aofOn: true, saved: true }],
    ['aof', 'it was killed', { aof: true, aofNewer: false }, { aofOn: true, saved: false }],
    ['rdb', 'it saved last', { aof: true, aofNewer: false }, { aofOn: true, saved: true }],
    ['aof', 'there is no RDB', { aof: true, rdbHead: '' }, { aofOn: false }],
  ])('is loaded from the %s if %s', (loads, _why, facts, about) => {
    expect(parseSetAside(record({ keys: 3, ...facts }, about))).toMatchObject({
      loads,
      keys: loads === 'rdb' ? 3 : null,
    });
  });
});
