/** rrepl as its users have it: the built program as a process of its own. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { amount } from './amount.js';
import { holdings, IMAGE, NOTHING, TOPOLOGY_FILE } from './docker.js';
import { removeByLabel } from './engine.js';

export const BIN = fileURLToPath(new URL('../../bin/rrepl.js', import.meta.url));
/** Longer than what `up` takes before it gives up by itself. */
const TIMEOUT_MS = 90_000;

export interface RunOptions {
  /** Undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly timeoutMs?: number;
  readonly stdin?: string;
  /** What to run instead of `node bin/rrepl.js`. */
  readonly program?: readonly [string, ...string[]];
}

export interface Result {
  /** Null if a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Result>;
  /** Resolves when stderr holds this; rejects if rrepl ends before. */
  untilStderr(words: RegExp): Promise<void>;
}

/** Holds no rrepl.yaml that could be found by chance. */
const QUIET_FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** The user's own RREPL_* variables must not decide what is tested. */
function environment(env: RunOptions['env']): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('RREPL_'));
  const file = TOPOLOGY_FILE === undefined ? {} : { RREPL_FILE: resolve(TOPOLOGY_FILE) };
  return {
    ...Object.fromEntries(inherited),
    // Where salvaged writes go.
    XDG_STATE_HOME: join(tmpdir(), 'rrepl-tests'),
    RREPL_IMAGE: IMAGE,
    ...file,
    ...env,
  };
}

const broughtUp = new Set<string>();

/** A topology expires, so that `rrepl prune` removes what a killed test run leaves. Said once: labels can't be changed. */
function expiry(args: readonly string[]): RunOptions['env'] {
  const name = args[args.indexOf('--name') + 1] ?? '';
  if (args[0] !== 'up' || !topologies.has(name) || broughtUp.has(name)) return {};
  broughtUp.add(name);
  return { RREPL_TTL: '2h' };
}

export function start(args: readonly string[], options: RunOptions = {}): Started {
  const [command, ...before] = options.program ?? [process.execPath, BIN];
  const spawnOptions: SpawnOptions = {
    cwd: options.cwd ?? QUIET_FOLDER,
    env: environment({ ...expiry(args), ...options.env }),
    timeout: options.timeoutMs ?? TIMEOUT_MS,
    killSignal: 'SIGKILL',
  };
  const child = spawn(command, [...before, ...args], spawnOptions);
  child.stdin?.end(options.stdin ?? '');
  const output = { stdout: '', stderr: '' };
  const collect = (name: 'stdout' | 'stderr') =>
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  collect('stdout');
  collect('stderr');
  const ended = new Promise<Result>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, ...output }));
  });
  const untilStderr = (words: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (words.test(output.stderr)) resolve();
      };
      look();
      child.stderr?.on('data', look);
      child.once('close', () => reject(new Error(`no ${words} on stderr:\n${output.stderr}`)));
    });
  return { child, ended, untilStderr };
}

/** Runs it to its end. */
export const run = (args: readonly string[], options?: RunOptions): Promise<Result> =>
  start(args, options).ended;

/** Runs it, expects it to succeed and returns its stdout. */
export async function rrepl(args: readonly string[], options?: RunOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await run(args, options);
  expect(exitCode, `rrepl ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

// What the JSON outputs promise.

export interface NodeJson {
  readonly name: string;
  readonly role: 'master' | 'replica' | null;
  readonly state: string;
  readonly upstream: string | null;
  readonly url: string | null;
  readonly container: string | null;
  readonly link: 'up' | 'down' | null;
  readonly offset: number | null;
  readonly lagBytes: number | null;
  readonly setAside: { readonly at: string; readonly keys: number | null } | null;
  readonly nextSync: { readonly kind: 'partial' | 'full'; readonly reason: string | null } | null;
}

export interface StatusJson {
  readonly topology: string;
  readonly nodes: readonly NodeJson[];
  readonly sentinels?: readonly {
    readonly name: string;
    readonly master: string | null;
    readonly quorum: number | null;
    readonly problem: string | null;
  }[];
}

export interface CheckJson {
  readonly id: string;
  readonly node: string | null;
  readonly verdict: 'pass' | 'fail' | 'unknown';
  readonly claim: string;
  readonly expected: string;
  readonly seen: string;
}

export interface VerifyJson {
  readonly topology: string;
  readonly verdict: 'pass' | 'fail' | 'unknown';
  readonly checks: readonly CheckJson[];
}

export const status = async (name: string): Promise<StatusJson> =>
  JSON.parse(await rrepl(['status', '--name', name, '--json']));

/** Expects every check to pass. */
export async function expectVerified(name: string): Promise<void> {
  const { exitCode, stdout, stderr } = await run(['verify', '--name', name]);
  expect(exitCode, `${stdout}${stderr}`).toBe(0);
}

const topologies = new Set<string>();

/** A name that no other test has; `removeTopologies` takes down what is called so. */
export function newTopology(prefix = 't'): string {
  const name = `${prefix}-${randomBytes(4).toString('hex')}`;
  topologies.add(name);
  return name;
}

/**
 * Removes what a test has made, so that a failure leaves the machine to the others. By
 * the engine itself; in `npm run soak` by `rrepl down`, whatever state a test has left behind.
 */
export const removeTopology = (name: string): Promise<void> =>
  amount(removeByLabel, takeDown)(name);

async function takeDown(name: string): Promise<void> {
  const { exitCode, stderr } = await run(['down', '--volumes', '--name', name]);
  expect(exitCode, `down ${name}: ${stderr}`).toBe(0);
  expect(await holdings(name), name).toEqual(NOTHING);
}

/** Removes what this file's tests have made. */
export async function removeTopologies(): Promise<void> {
  const names = [...topologies];
  topologies.clear();
  await Promise.all(names.map(removeTopology));
}
