/** Nonsense in every flag and argument of every command, through the real `main`. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { connectEngine } from '../../../src/docker/connect.js';
import { EngineError } from '../../../src/errors.js';
import type { NodeAddress } from '../../../src/redis/ioredis-node.js';
import { amount } from '../../support/amount.js';
import { FakeServers } from '../../support/fake-redis.js';
import { FakeRuntime } from '../../support/fake-runtime.js';
import {
  ABSURD,
  anything,
  commands,
  emptyFolder,
  expectRefusal,
  expectSense,
  flags,
  NOT_NUMBERS,
  notAName,
  notANumber,
  notATime,
  say,
  wellFormed,
  wordsOf,
} from '../../support/nonsense.js';

vi.setConfig({ testTimeout: 30_000 });

let runtime: FakeRuntime;
let servers: FakeServers;
const cwd = emptyFolder();
mkdirSync(join(cwd, 'folder'));
writeFileSync(join(cwd, 'file'), '');
afterAll(() => rmSync(cwd, { recursive: true }));

/** Addresses are read by the real code, and then the engine is the fake one. */
vi.mock('../../../src/docker/connect.js', () => ({
  connectEngine: async (...[host, env]: Parameters<typeof connectEngine>) => {
    const { resolveEndpoint } = await import('../../../src/docker/endpoint.js');
    const machine = {
      readText: async () => null,
      list: async () => [],
      knock: async () => 'accepts' as const,
      sshHostname: async () => 'engine.lan',
    };
    await resolveEndpoint({ host, env, home: cwd, uid: 0, machine });
    return runtime;
  },
}));
vi.mock('../../../src/redis/ioredis-node.js', () => ({
  connectNode: ({ name, port }: NodeAddress) => servers.connect(runtime, name, port),
}));

function freshEngine(): void {
  runtime = new FakeRuntime();
  servers = new FakeServers(runtime);
}

/** Any call that is no question. */
const CHANGES = /^(pull|create|start|stop|kill|pause|unpause|remove|connect|disconnect|write|exec)/;

async function expectRefused(argv: readonly string[], env = {}): Promise<void> {
  runtime.calls.length = 0;
  const said = await say(argv, cwd, env);
  expectRefusal(said, [...argv, ...Object.values<string>(env)]);
  expect(runtime.calls.filter((call) => CHANGES.test(call))).toEqual([]);
}

describe('with a topology that it could harm', () => {
  // One for all tests: nothing that is refused changes it.
  beforeAll(async () => {
    freshEngine();
    expect((await say(['up'], cwd)).exitCode).toBe(0);
  });

  it.each(commands.map((command) => [wordsOf(command).join(' '), command] as const))(
    '%s refuses what no flag or argument can be',
    async (_, command) => {
      const own = flags.filter((it) => it.command === command);
      for (const absurd of ABSURD) {
        for (const { flag } of own) await expectRefused([...wellFormed(command), flag, absurd]);
        for (const { flag } of own)
          await expectRefused([...wellFormed(command), `${flag}=${absurd}`]);
        await expectRefused([
          ...wordsOf(command),
          ...command.registeredArguments.map(() => absurd),
          absurd,
        ]);
        await expectRefused([...wellFormed(command), `--${absurd}x`]);
      }
    },
  );

  it.each(['constructor', '__proto__', 'toString', 'redis-9', 'Redis-1', 'redis-1 ', ...ABSURD])(
    'no node is %j',
    async (node) => {
      for (const command of commands.filter((it) => it.registeredArguments.length > 0)) {
        await expectRefused([...wordsOf(command), node]);
      }
    },
  );

  const NUMBERS = ['count', 'port', 'lines', 'writes', 'replicas', 'number'];

  it.each(NOT_NUMBERS)('no number is %j', async (text) => {
    for (const { command, flag, kind } of flags) {
      if (NUMBERS.includes(kind)) await expectRefused([...wellFormed(command), flag, text]);
    }
  });

  const GENERATORS = new Map([
    ...NUMBERS.map((kind) => [kind, notANumber] as const),
    ['time', notATime],
    ['name', notAName],
    ['image', anything.map((text) => `${text} x`)],
    ['way', anything],
    ['format=file', anything.map((text) => `pdf${text}`)],
    ['directive=value', anything.map((text) => `port=${text}`)],
    ['endpoint', anything.map((text) => `gopher://${text}`)],
  ]);

  it('refuses what is wrong for the kind of flag', async () => {
    const wrong = fc
      .constantFrom(...flags.filter(({ kind }) => GENERATORS.has(kind)))
      .chain(({ command, flag, kind }) =>
        fc
          .tuple(GENERATORS.get(kind) ?? fc.constant(''), fc.boolean())
          .map(([text, glued]) => [
            ...wellFormed(command),
            ...(glued ? [`${flag}=${text}`] : [flag, text]),
          ]),
      );
    await fc.assert(
      fc.asyncProperty(wrong, (argv) => expectRefused(argv)),
      { numRuns: amount(120, 500) },
    );
  });

  it.each(['folder', 'no/such', 'file/x', '.', ''])(
    'no report can be written to %j',
    async (path) => {
      for (const { command, flag } of flags.filter(({ kind }) => kind === 'format=file')) {
        await expectRefused([...wellFormed(command), flag, `junit=${path}`]);
        expect(runtime.calls).toEqual([]);
      }
    },
  );

  it.each(['file', 'file/x', 'a'.repeat(300)])('no topology lives in %j', async (dir) => {
    for (const { command, flag } of flags.filter(({ kind }) => kind === 'path')) {
      await expectRefused([...wellFormed(command), flag, dir]);
    }
  });

  it('drills what is there as it is, so flags that make a topology are refused', async () => {
    for (const { flag } of flags.filter(({ command }) => command.name() === 'plan')) {
      if (['--name', '--host', '--file'].includes(flag)) continue;
      await expectRefused(['kill-master', flag, 'x']);
    }
  });

  it('takes down all or one, never all where one was meant', async () => {
    await expectRefused(['down', '--all', '--name', 'x']);
    await expectRefused(['down', '--all', '--file', 'x']);
  });

  const env = fc.dictionary(
    fc.constantFrom('NAME', 'IMAGE', 'REPLICAS', 'PORT', 'DIR', 'FILE').map((it) => `RREPL_${it}`),
    fc.constantFrom(...ABSURD.filter((text) => text !== '')),
    { minKeys: 1 },
  );

  it('refuses nonsense in variables', async () => {
    await fc.assert(
      fc.asyncProperty(env, (it) => expectRefused(['up'], it)),
      { numRuns: 50 },
    );
  });
});

describe('with nothing there', () => {
  beforeEach(() => {
    freshEngine();
    runtime.failure = ({ text }) =>
      text.startsWith('create') ? { error: new EngineError('not today') } : undefined;
  });

  async function expectSensible(argv: readonly string[]): Promise<void> {
    runtime.calls.length = 0;
    const said = await say(argv, cwd);
    expectSense(said, argv);
    const refused = said.exitCode === 2 || said.exitCode === 3;
    if (refused) expect(runtime.calls.filter((call) => CHANGES.test(call))).toEqual([]);
  }

  it('has an answer to anything in any flag', async () => {
    const argv = fc
      .tuple(fc.constantFrom(...flags), anything)
      .map(([{ command, flag }, text]) => [...wellFormed(command), flag, text]);
    await fc.assert(fc.asyncProperty(argv, expectSensible), { numRuns: amount(120, 500) });
  });

  it('has an answer to any words', async () => {
    const known = [...commands.map((it) => it.name()), ...flags.map(({ flag }) => flag), 'help'];
    const words = fc.array(fc.oneof(fc.constantFrom(...known), anything), { maxLength: 6 });
    await fc.assert(fc.asyncProperty(words, expectSensible), { numRuns: amount(120, 500) });
  });
});
