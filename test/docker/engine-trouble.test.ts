/** A real engine that goes away, answers half or not at all, in the middle of a command. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { holdings, NOTHING } from '../support/docker.js';
import { EngineProxy, type Trouble } from '../support/engine-proxy.js';
import { freePorts } from '../support/ports.js';
import {
  expectVerified,
  newTopology,
  type Result,
  removeTopologies,
  rrepl,
  run,
} from '../support/rrepl.js';

/** Up needs about two seconds; what hangs must be given up on before the test is. */
const TIME = ['--timeout', '6s'];

let proxy: EngineProxy;

beforeAll(async () => {
  proxy = await EngineProxy.start();
});
afterAll(() => proxy.stop());
afterEach(async () => {
  proxy.disturb(null);
  await removeTopologies();
});

const through = () => ['--host', proxy.endpoint];

async function upArgs(name: string): Promise<string[]> {
  const port = await freePorts(2);
  return ['up', '--name', name, '--port', String(port), '--replicas', '1'];
}

/** One message that names the engine or the time, and no defect of ours. */
function expectClear({ exitCode, stdout, stderr }: Result, codes: readonly number[]): void {
  expect(codes, stderr).toContain(exitCode);
  expect(stdout).toBe('');
  expect(stderr).not.toContain('defect');
  expect(stderr.match(/^error: /gm), stderr).toHaveLength(1);
}

/** How many requests a whole `up` makes. */
async function countRequests(): Promise<number> {
  const name = newTopology('care');
  proxy.disturb(null);
  await rrepl([...(await upArgs(name)), ...through()]);
  const { length } = proxy.requests;
  await removeTopologies();
  return length;
}

describe('up', () => {
  let whole: number;
  beforeAll(async () => {
    whole = await countRequests();
  });

  const cases = (['close', 'lose'] as const).flatMap((trouble) =>
    [0.1, 0.4, 0.7].map((share): [Trouble, number] => [trouble, share]),
  );

  test.each(cases)('%s once after %d of its requests: nothing is left', async (trouble, share) => {
    const name = newTopology('care');
    const args = await upArgs(name);
    proxy.disturb({ trouble, at: Math.ceil(whole * share), lasting: false });
    const result = await run([...args, ...through(), ...TIME]);
    expectClear(result, [4]);
    expect(result.stderr).toContain('the Docker engine at unix://');
    expect(await holdings(name)).toEqual(NOTHING);
  });

  test('an answer that breaks off is none: it ends at the deadline, and says so', async () => {
    const name = newTopology('care');
    const args = await upArgs(name);
    proxy.disturb({ trouble: 'cut', at: Math.ceil(whole * 0.4), lasting: false });
    const result = await run([...args, ...through(), ...TIME]);
    expectClear(result, [5]);
    expect(result.stderr).toMatch(/the Docker engine at unix:.* has not answered for \d/);
    expect(await holdings(name)).toEqual(NOTHING);
  });

  test.each([
    ['close', 0.3],
    ['close', 0.6],
    ['hang', 0.05],
    ['hang', 0.5],
  ] as const)(
    '%s for good after %d of its requests: the next up finishes',
    async (trouble, share) => {
      const name = newTopology('care');
      const args = await upArgs(name);
      proxy.disturb({ trouble, at: Math.ceil(whole * share), lasting: true });
      const result = await run([...args, ...through(), ...TIME]);
      expectClear(result, trouble === 'hang' ? [5] : [4]);
      const left = await holdings(name);
      if (left.networks.length > 0)
        expect(result.stderr).toContain(`\`rrepl up --name ${name}\` finishes`);
      await rrepl(args);
      await expectVerified(name);
    },
  );
});

describe('a topology that is up', () => {
  let name: string;
  let args: string[];
  beforeEach(async () => {
    name = newTopology('care');
    args = await upArgs(name);
  });

  /** Engine calls are given half a minute. */
  test('every command ends when the engine hangs, and changes nothing', async () => {
    await rrepl(args);
    const before = await holdings(name);
    proxy.disturb({ trouble: 'hang', at: 1, lasting: true });
    const of = (...words: string[]) => run([...words, '--name', name, ...through()]);
    const results = await Promise.all([
      of('status'),
      of('verify'),
      of('down', '--volumes'),
      of('heal', '--timeout', '2s'),
      of('up', '--port', args[4] ?? '', '--timeout', '2s'),
    ]);
    for (const result of results) expectClear(result, [5]);
    for (const result of results.slice(0, 3)) {
      expect(result.stderr).toContain('did not finish within 30 s');
    }
    expect(await holdings(name)).toEqual(before);
    expect(results[3]?.stderr).toContain(`${name} could not be healed`);
    await rrepl(['down', '--name', name, '--volumes']);
  });

  test('down that is broken off is finished by the next', async () => {
    await rrepl(args);
    proxy.disturb({ trouble: 'close', at: 6, lasting: true });
    expectClear(await run(['down', '--name', name, '--volumes', ...through()]), [4]);
    await rrepl(['down', '--name', name, '--volumes']);
    expect(await holdings(name)).toEqual(NOTHING);
  });

  test('heal that is broken off is finished by the next', async () => {
    await rrepl(args);
    await rrepl(['stop', 'redis-2', '--name', name]);
    proxy.disturb({ trouble: 'lose', at: 7, lasting: true });
    expectClear(await run(['heal', '--name', name, ...through(), ...TIME]), [4, 5]);
    await rrepl(['heal', '--name', name]);
    await expectVerified(name);
  });
});
