/** What the library's calls refuse before anything is touched: every call, and every option. */
import { expect, test } from 'vitest';
import { InvalidTopologyError, UsageError } from '../../../src/errors.js';
import { attach, type RreplError, runDrill, up } from '../../../src/index.js';
import { CALLS, type CallName } from '../../../src/library/calls.js';
import { type Topology, topologyOf } from '../../../src/library/topology.js';
import type { TopologyStatus } from '../../../src/live/status.js';
import type { Engine } from '../../../src/operations/operation.js';

class Touched extends Error {}

const touch = (): never => {
  throw new Touched();
};
const engine: Engine = {
  connectRuntime: touch,
  loadRedis: touch,
  owners: { of: touch },
  caller: 'a test',
};
const nothing = { topology: 'shop', url: null, nodes: [] } as unknown as TopologyStatus;
const shop = topologyOf(engine, nothing, false);

type AnyCall = (...given: readonly unknown[]) => Promise<unknown>;

/** Untyped, as JavaScript calls it; what would be done on an engine of this machine is refused. */
function callOf(name: CallName): AnyCall {
  if (name === 'up') return up as AnyCall;
  if (name === 'attach') return attach as AnyCall;
  if (name === 'runDrill') return runDrill as AnyCall;
  return (shop[name as keyof Topology] as AnyCall).bind(shop);
}

const errorOf = (call: Promise<unknown>): Promise<RreplError> =>
  call.then(
    () => expect.unreachable('it was done'),
    (error: RreplError) => error,
  );

/** The messages that a call is refused with. */
async function refusal(name: CallName, ...given: unknown[]): Promise<string[]> {
  const error = await errorOf(callOf(name)(...given));
  if (error instanceof InvalidTopologyError) return error.problems.map(({ message }) => message);
  expect(error).toBeInstanceOf(UsageError);
  expect(error).toMatchObject({ code: 'wrong-input', about: { call: name } });
  const { about } = error;
  if (about?.code !== 'wrong-input') return expect.unreachable('other facts');
  return about.problems.map(({ message }) => message);
}

const NAMES = Object.keys(CALLS) as CallName[];
const RIGHT = {
  node: 'master',
  out: 'folder',
  name: 'shop',
  replicas: 1,
  drill: { name: 'mine', acts: [] },
};
/** What can't be left out of the options. */
function needed(name: CallName): object {
  if (name === 'tap') return { onWrites: () => {} };
  return name === 'run' ? { command: [process.execPath] } : {};
}

/** Right values for what stands before the options. */
const before = (name: CallName): unknown[] =>
  Object.keys(CALLS[name].named).map((it) => RIGHT[it as keyof typeof RIGHT]);

test('every public call is in the table', () => {
  const methods = [
    ...Object.getOwnPropertyNames(Object.getPrototypeOf(shop)),
    ...Object.getOwnPropertyNames(shop),
  ].filter((it) => typeof shop[it as keyof Topology] === 'function' && it !== 'constructor');
  expect(NAMES.filter((it) => !['up', 'attach', 'runDrill'].includes(it)).sort()).toEqual(
    methods.sort(),
  );
});

test.each(NAMES)(
  '%s refuses options that are none, unknown ones, and wrong ones at once',
  async (name) => {
    for (const none of [null, [], 'x', 5]) {
      const [message = ''] = await refusal(name, ...before(name), none);
      // Without the node, what stands there may be meant for one.
      expect(message).toMatch(/^(the options must be an object|node must be the name)/);
    }
    const wrong = { ...needed(name), signl: 1, signal: {}, timeoutMs: -1, onEvent: 'x' };
    const said = await refusal(name, ...before(name), wrong);
    expect(said).toEqual([
      'there is no option signl (did you mean "signal"?)',
      'signal must be an AbortSignal, not a map',
      'timeoutMs must be a whole number from 1 to 86400000 (a day, in milliseconds), not -1',
      'onEvent must be a function, not "x"',
    ]);
  },
);

test.each(NAMES)('%s gets to work with what is right', async (name) => {
  if (['up', 'attach', 'runDrill'].includes(name)) return;
  const { signal } = new AbortController();
  const given = { signal, timeoutMs: 1000, onEvent: () => {}, yes: undefined, none: undefined };
  const options = { ...needed(name), ...given };
  await expect(callOf(name)(...before(name), options)).rejects.toBeInstanceOf(Touched);
});

test.each(NAMES.filter((name) => Object.keys(CALLS[name].named).length > 0))(
  '%s tells that what it is about is missing, beside wrong options',
  async (name) => {
    const optional = name === 'switchover' || name === 'promote';
    const none = before(name).map(() => (optional ? '' : undefined));
    const messages = await refusal(name, ...none, { bogus: 1 });
    expect(messages[0]).toMatch(/^(node|out|name|replicas|drill) must be .*, not (nothing|"")$/);
    expect(messages.at(-1)).toMatch(/^there is no option bogus \(known: /);
  },
);

test('switchover and promote take options alone', async () => {
  for (const call of [callOf('switchover'), callOf('promote')]) {
    const reason = new Error('no longer');
    await expect(call({ signal: AbortSignal.abort(reason) })).rejects.toThrow();
    await expect(call({ timeoutMs: 1 })).rejects.toBeInstanceOf(Touched);
    await expect(call(undefined, { timeoutMs: 1 })).rejects.toBeInstanceOf(Touched);
    await expect(call()).rejects.toBeInstanceOf(Touched);
  }
  expect(await refusal('switchover', { bogus: 1 })).toHaveLength(1);
  expect(await refusal('switchover', {}, {})).toEqual([
    'node must be the name of a node, `master` or `replica`, not a map',
  ]);
});

test('killMaster takes what the flags of the CLI take, and nothing else', async () => {
  const wrong: Record<string, unknown[]> = {
    recover: ['x', null],
    wait: [1.5, 'a', -1, 51],
    writers: [0, 'a', 1.5, 65],
    rate: [-1, 0, 1.5, 'max'],
    before: [-1, 'abc', 0],
    after: [Number.NaN, Number.POSITIVE_INFINITY],
    seed: ['x', -1],
    maxLoss: [-5, '0'],
    yes: ['yes', 1],
    bogus: [1],
  };
  for (const [option, values] of Object.entries(wrong)) {
    for (const value of values) {
      const messages = await refusal('killMaster', { [option]: value });
      expect(messages).toHaveLength(1);
      expect(messages[0]).toMatch(new RegExp(`^(${option} must be|there is no option ${option})`));
    }
  }
  const all = Object.fromEntries(Object.entries(wrong).map(([key, [value]]) => [key, value]));
  expect(await refusal('killMaster', all)).toHaveLength(Object.keys(wrong).length);
  const right = { recover: 'none', wait: 0, writers: 64, rate: null, before: 1, maxLoss: 0 };
  await expect(callOf('killMaster')(right)).rejects.toBeInstanceOf(Touched);
});

test.each([
  [
    'reset',
    { bogus: 1 },
    'there is no option bogus (known: signal, timeoutMs, onEvent, salvageTo, yes)',
  ],
  ['down', { volume: true }, 'there is no option volume (did you mean "volumes"?)'],
  ['logs', { tail: -1 }, 'tail must be a whole number from 0 to 9999999, not -1'],
  ['logs', { node: 5 }, 'node must be the name of a node, `master` or `replica`, not 5'],
  ['door', { leads: 'x' }, 'leads must be one of master, replica, not "x"'],
  ['door', { port: 'x' }, 'port must be a whole number from 0 to 65535, not "x"'],
] as const)('%s(%j)', async (call, options, message) => {
  expect(await refusal(call, options)).toEqual([message]);
});

test('run takes a program, and what the flags of the CLI take', async () => {
  const wrong = { faults: 'kill-master', chaos: 0, maxDowntime: 1.5, when: 5, env: 'A=b', cwd: '' };
  const messages = await refusal('run', wrong);
  expect(messages.map((it) => it.replace(/ must be.*/, ''))).toEqual([
    'command',
    ...Object.keys(wrong),
  ]);
  for (const command of ['npm', [], [5]]) expect(await refusal('run', { command })).toHaveLength(1);
  expect(await refusal('run')).toEqual([expect.stringMatching(/^the options must be an object/)]);
});

test('runDrill plays what defineDrill makes', async () => {
  for (const wrong of [undefined, null, 5, 'lock-loss', [], {}]) {
    const [message] = await refusal('runDrill', wrong);
    expect(message).toMatch(/^drill must be a drill, as defineDrill makes it, not /);
  }
  const messages = await refusal('runDrill', RIGHT.drill, { imag: 'redis:7.0' });
  expect(messages).toEqual(['there is no option imag (did you mean "image"?)']);
});

test('up tells all that is wrong with the topology and the options as one InvalidTopologyError', async () => {
  const wrong = {
    ...{ name: 'S-Bad', replicas: -1, memory: 'xx', foo: 1, config: { port: 7 }, ttl: 'abc' },
    ...{ signal: {}, retain: 'yes' },
  };
  const error = await errorOf(callOf('up')(wrong));
  expect(error).toBeInstanceOf(InvalidTopologyError);
  const { problems, message } = error as InvalidTopologyError;
  expect(message).toMatch(/^signal must be an AbortSignal/m);
  const sources = ['config', 'foo', 'memory', 'name', 'replicas', 'retain', 'signal', 'ttl'];
  expect(problems.map(({ source }) => source).sort()).toEqual(sources);
});

test.each([
  [{ config: null }, ['config must be an object of directives and their values, not nothing']],
  [{ replicas: '2' }, ['replicas must be a number, not "2"']],
  [{ ttl: 5 }, ['ttl must be text, not 5']],
  [{ ttl: 'abc' }, ['ttl must be a time such as 30m, 2h or 7d']],
  [{ name: null }, ['name must be text, not nothing']],
  [{ tls: false }, ['tls must be true, or be left out, not false']],
  [
    { config: { save: null, maxmemory: [], hz: { a: 1 } } },
    [
      'save must be text, a number, true, false or a list of these, not nothing',
      'maxmemory must be text, a number, true, false or a list of these, not an empty list',
      'hz must be text, a number, true, false or a list of these, not a map',
    ],
  ],
  [
    { password: 'hunter2' },
    ['password must be what says where the password comes from: auto, env:NAME or file:PATH'],
  ],
  [
    { password: 12345 },
    ['password must be what says where the password comes from: auto, env:NAME or file:PATH'],
  ],
])('up(%j)', async (options, messages) => {
  expect(await refusal('up', options)).toEqual(messages);
});
