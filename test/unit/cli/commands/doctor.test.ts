import { beforeEach, expect, it, vi } from 'vitest';
import { EngineError } from '../../../../src/errors.js';
import { main } from '../../../../src/main.js';
import { FakeRuntime } from '../../../support/fake-runtime.js';
import { expectShape } from '../../../support/shapes.js';
import { captured, noInput } from '../../../support/streams.js';

let runtime: FakeRuntime;

vi.mock('../../../../src/docker/connect.js', () => ({ connectEngine: async () => runtime }));

beforeEach(() => {
  runtime = new FakeRuntime();
});

async function doctor(...more: string[]) {
  const streams = { stdin: noInput(), stdout: captured(), stderr: captured() };
  const exitCode = await main(['doctor', ...more], { ...streams, env: {}, cwd: '/' });
  return { exitCode, stdout: streams.stdout.text, stderr: streams.stderr.text };
}

it('warns of what it can’t see, and that is no failure', async () => {
  const { exitCode, stdout, stderr } = await doctor();
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain('✔ image');
  expect(stdout).toContain("! disk        can't be seen from here");
});

it('fails if something is missing, also as JSON', async () => {
  expect((await doctor('--image', 'redis:0')).exitCode).toBe(1);
  const { exitCode, stdout } = await doctor('--image', 'redis:0', '--json');
  expect(exitCode).toBe(1);
  const json = JSON.parse(stdout);
  expectShape('doctor', json);
  expect(json.findings).toContainEqual(expect.objectContaining({ id: 'image', condition: 'fail' }));
});

it('fails without an engine', async () => {
  runtime.failOn('engine', new EngineError('it is gone'));
  const { exitCode, stdout } = await doctor('--json');
  expect(exitCode).toBe(1);
  expectShape('doctor', JSON.parse(stdout));
});
