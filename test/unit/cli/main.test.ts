import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import {
  DeadlineError,
  EngineError,
  FailedError,
  InterruptedError,
  InvalidError,
  inInput,
  UsageError,
  wrongWords,
} from '../../../src/errors.js';
import { main } from '../../../src/main.js';
import { captured, noInput } from '../../support/streams.js';

/** What connecting to the engine ends with; null for the real one. `beforehand` happens first. */
let engineSays: unknown = null;
let beforehand = () => {};

vi.mock('../../../src/docker/connect.js', async (original) => {
  const real = await original<typeof import('../../../src/docker/connect.js')>();
  return {
    connectEngine: async (...args: Parameters<typeof real.connectEngine>) => {
      if (engineSays === null) return real.connectEngine(...args);
      beforehand();
      throw engineSays;
    },
  };
});

beforeEach(() => {
  engineSays = null;
  beforehand = () => {};
});

interface Where {
  readonly env?: NodeJS.ProcessEnv;
  readonly isTTY?: boolean;
}

async function rrepl(argv: readonly string[], { env = {}, isTTY = false }: Where = {}) {
  const streams = { stdin: noInput(), stdout: captured(isTTY), stderr: captured(isTTY) };
  const exitCode = await main(argv, { ...streams, env, cwd: '/nonexistent' });
  return { exitCode, stdout: streams.stdout.text, stderr: streams.stderr.text };
}

describe('what needs no engine', () => {
  it.each([['--version'], ['-v']])('%s', async (flag) => {
    expect(await rrepl([flag])).toEqual({
      exitCode: 0,
      stdout: `${packageJson.version}\n`,
      stderr: '',
    });
  });

  it.each([[['--help']], [['help']], [[]]])('%s lists every command', async (argv) => {
    const { exitCode, stdout, stderr } = await rrepl(argv);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const name of ['up', 'plan', 'render', 'down', 'init', 'status', 'verify']) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });

  it.each([[['up', '--help']], [['help', 'up']]])('%s explains one', async (argv) => {
    const { exitCode, stdout } = await rrepl(argv);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Usage: rrepl up [options]');
    expect(stdout).toContain('--replicas <count>');
  });

  it('help exit-codes', async () => {
    const { exitCode, stdout } = await rrepl(['help', 'exit-codes']);
    expect(exitCode).toBe(0);
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      Exit codes:
        0    done; every check passed
        1    a check failed or could not be decided, or no master answers
        2    the command line is wrong: a flag, its value, or a name that isn't there
        3    what a file or a variable says of the topology is wrong, or its configuration
        4    the Docker engine can't be reached, or refused
        5    a deadline ran out, or a server did not answer
        127  \`run\` could not start its command; else \`run\` ends as its command does
        130  interrupted (Ctrl-C); 143 terminated (SIGTERM)
        129  the terminal was closed; 141 nobody reads the output
      "
    `);
  });
});

describe('a command line that can not be understood ends with 2, one message and a hint', () => {
  it.each<[string[], string]>([
    [['drill'], 'error: no command given\nsee `rrepl drill --help`\n'],
    [['statsu'], "error: unknown command 'statsu'\n(Did you mean status?)\nsee `rrepl --help`\n"],
    [
      ['up', '--replica', '3'],
      "error: unknown option '--replica'\n(Did you mean --replicas?)\nsee `rrepl up --help`\n",
    ],
    [
      ['up', '--timeout', 'soon'],
      "error: option '--timeout <time>' argument 'soon' is invalid. Give a time such as 500ms, 60s or 5m, at most 24h.\nsee `rrepl up --help`\n",
    ],
    [
      ['logs', '--tail', 'ten'],
      "error: option '-n, --tail <lines>' argument 'ten' is invalid. Give a whole number from 0 to 9999999.\nsee `rrepl logs --help`\n",
    ],
    [
      ['verify', '--report', 'html=x'],
      "error: option '--report <format=file>' argument 'html=x' is invalid. Give FORMAT=FILE; formats: junit.\nsee `rrepl verify --help`\n",
    ],
    [
      ['plan', '--name', 'x', 'promote', 'redis-2'],
      'error: options stand after `rrepl plan promote --name x`, not before its last word\n',
    ],
    [
      ['salvage', 'apply'],
      "error: missing required argument 'file'\nsee `rrepl salvage apply --help`\n",
    ],
    [['up', '--name'], "error: option '--name <name>' argument missing\nsee `rrepl up --help`\n"],
    [
      ['--name', 'x', 'up'],
      "error: unknown option '--name'\noptions stand after the command, see `rrepl --help`\n",
    ],
    [['a\nb\u001b[31m'], "error: unknown command 'a\\nb\\x1b[31m'\nsee `rrepl --help`\n"],
    [
      ['help', 'nonsense'],
      "error: there is no help on 'nonsense' (known: exit-codes, up, plan, scale, down, prune, doctor, init, render, status, why, ls, logs, tap, top, cli, env, addresses, door, password, ca, verify, kill-master, run, drill, kill, stop, restart, pause, disconnect, heal, promote, switchover, restore, salvage, reset, start, unpause, connect, help)\nsee `rrepl --help`\n",
    ],
  ])('%j', async (argv, stderr) => {
    expect(await rrepl(argv)).toEqual({ exitCode: 2, stdout: '', stderr });
  });

  it('excess arguments', async () => {
    const { exitCode, stderr } = await rrepl(['up', 'demo']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('too many arguments');
  });
});

describe('an invalid topology', () => {
  it('that a flag says ends with 2 and every problem', async () => {
    const argv = ['render', '--replicas', 'many', '--port', '0', '--set', 'port=1'];
    const { exitCode, stdout, stderr } = await rrepl(argv);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^error: --replicas: /);
    expect(stderr).toMatch(/^--port: /m);
    expect(stderr).toMatch(/^--set: /m);
  });
});

describe('an engine that can not be reached', () => {
  it.each([[['ls']], [['status']], [['plan']], [['up']]])('%s ends with 4', async (argv) => {
    const env = { DOCKER_HOST: 'unix:///nonexistent.sock' };
    const { exitCode, stdout, stderr } = await rrepl(argv, { env });
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
    expect(stderr).toContain('unix:///nonexistent.sock (from DOCKER_HOST)');
    expect(stderr).toContain(
      '\nStart Docker, or name another engine with --host or DOCKER_HOST.\n',
    );
  });
});

describe('an error', () => {
  const about = { code: 'engine-silent' } as const;

  it.each<[string, number, Error]>([
    ['a check', 1, new FailedError('it is so', { about })],
    ['usage', 2, new UsageError('it is so', { about })],
    ['invalid', 3, new InvalidError('it is so', { about })],
    ['engine', 4, new EngineError('it is so', { about })],
    ['deadline', 5, new DeadlineError('it is so', { about })],
  ])('of %s ends with %i', async (_, exitCode, error) => {
    engineSays = error;
    expect(await rrepl(['ls'])).toEqual({
      exitCode,
      stdout: '',
      stderr: 'error: it is so\nDoes the engine answer `docker ps`?\n',
    });
  });

  it.each<['SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE', number, string]>([
    ['SIGINT', 130, 'interrupted'],
    ['SIGTERM', 143, 'terminated'],
    ['SIGHUP', 129, 'the terminal was closed'],
    ['SIGPIPE', 141, 'nobody reads the output any more'],
  ])('of %s ends with %i', async (signal, exitCode, message) => {
    engineSays = new InterruptedError(signal);
    expect(await rrepl(['ls'])).toEqual({ exitCode, stdout: '', stderr: `error: ${message}\n` });
  });

  it('that an interruption has led to is an interruption', async () => {
    engineSays = new EngineError('socket hang up');
    beforehand = () => process.emit('SIGTERM', 'SIGTERM');
    expect(await rrepl(['ls'])).toEqual({
      exitCode: 143,
      stdout: '',
      stderr: 'error: terminated\n',
    });
  });

  describe('interrupted again', () => {
    const exits: unknown[] = [];
    beforeEach(() => {
      exits.length = 0;
      vi.spyOn(process, 'exit').mockImplementation((code) => exits.push(code) as never);
      engineSays = new EngineError('socket hang up');
    });
    afterEach(() => vi.restoreAllMocks());

    it.each<[string, NodeJS.Signals[], number]>([
      ['a terminal that closes sends two', ['SIGHUP', 'SIGHUP'], 129],
      ['it may follow on Ctrl-C', ['SIGINT', 'SIGHUP', 'SIGHUP'], 130],
      ['and one Ctrl-C on it', ['SIGHUP', 'SIGINT'], 129],
    ])('is cleaned up all the same: %s', async (_, signals, exitCode) => {
      beforehand = () => {
        for (const signal of signals) process.emit(signal, signal);
      };
      expect((await rrepl(['ls'])).exitCode).toBe(exitCode);
      expect(exits).toEqual([]);
    });

    it('is cleaned up after one Ctrl-C to a command whose output nobody reads', async () => {
      const stdout = captured();
      beforehand = () => {
        stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
        process.emit('SIGINT', 'SIGINT');
      };
      const streams = { stdin: noInput(), stdout, stderr: captured() };
      expect(await main(['ls'], { ...streams, env: {}, cwd: '/nonexistent' })).toBe(141);
      expect(exits).toEqual([]);
    });

    it.each<[NodeJS.Signals[], number]>([
      [['SIGINT', 'SIGINT'], 130],
      [['SIGINT', 'SIGTERM'], 143],
      [['SIGHUP', 'SIGTERM', 'SIGINT'], 130],
    ])('by a person or the system, ends at once: %j', async (signals, exitCode) => {
      beforehand = () => {
        for (const signal of signals) process.emit(signal, signal);
      };
      expect((await rrepl(['ls'])).stderr).toContain('stopped at once');
      expect(exits).toEqual([exitCode]);
    });
  });

  it.each([
    ['--down-after', inInput('downAfter'), 2],
    ['--set', inInput('config'), 2],
    ['--conf x.conf', inInput('conf', 'x.conf'), 2],
    ['RREPL_PORT', { source: 'RREPL_PORT' }, 3],
  ])('with several problems, one of %s, has all of them', async (source, place, code) => {
    engineSays = wrongWords([
      { source: 'rrepl.yaml', line: 3, column: 5, message: 'this' },
      { ...place, message: 'that' },
    ]);
    const { exitCode, stderr } = await rrepl(['ls']);
    expect(exitCode).toBe(code);
    expect(stderr).toBe(`error: rrepl.yaml:3:5: this\n${source}: that\n`);
  });

  it('that nobody foresaw is a defect', async () => {
    engineSays = new TypeError('x is not a function');
    expect(await rrepl(['ls'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'error: this is a defect of rrepl: x is not a function\nrun again with --debug and report what it prints\n',
    });
  });

  it('that is no Error at all', async () => {
    engineSays = 'oops';
    expect((await rrepl(['ls', '--debug'])).stderr).toContain('defect of rrepl: oops\n');
  });

  it.each([
    ['--debug', ['ls', '--debug'], {}],
    ['RREPL_DEBUG', ['ls'], { RREPL_DEBUG: '1' }],
  ])('shows its stack and its causes with %s only', async (_, argv, env) => {
    const cause = new Error('deep down', { cause: new Error('deeper') });
    engineSays = new EngineError('it is so', { cause });
    const { stderr } = await rrepl(argv, { env });
    expect(stderr).toMatch(/^ {4}at /m);
    expect(stderr).toContain('caused by Error: deep down');
    expect(stderr).toContain('caused by Error: deeper');
    expect((await rrepl(['ls'])).stderr).toBe('error: it is so\n');
  });

  it('can be looked into with --debug in every command that its hint speaks to', async () => {
    expect((await rrepl(['init', '--debug'])).stderr).not.toContain('unknown option');
  });

  it.each<[string, boolean, NodeJS.ProcessEnv, boolean]>([
    ['a terminal', true, {}, true],
    ['no terminal', false, {}, false],
    ['NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR', true, { NO_COLOR: '' }, true],
    ['FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, false],
    ['both', false, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['a dumb terminal', true, { TERM: 'dumb' }, false],
  ])('has colour or not: %s', async (_, isTTY, env, coloured) => {
    const { stderr } = await rrepl(['nonsense'], { isTTY, env });
    expect(stderr.startsWith('\u001b[31merror:\u001b[39m ')).toBe(coloured);
    if (!coloured) expect(stderr).not.toContain('\u001b');
  });
});

it('leaves no listener behind', async () => {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const count = () => signals.reduce((sum, signal) => sum + process.listenerCount(signal), 0);
  const before = count();
  await rrepl(['--version']);
  await rrepl([]);
  expect(count()).toBe(before);
});
