/**
 * What a message recommends works when it is typed as it stands, wherever the topology was named: by --name, by a
 * file, in a folder. The hints are taken from the messages.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { docker, IMAGE } from '../support/docker.js';
import { actionOf, engineWords, type Move } from '../support/machine/move.js';
import { type Hint, hasPlaceholder, hintsIn, isLooking } from '../support/machine/words.js';
import { freePorts } from '../support/ports.js';
import {
  newTopology,
  type Result,
  removeTopologies,
  removeTopology,
  run,
} from '../support/rrepl.js';

type Named = '--name' | '-f' | '--dir';

interface Situation {
  readonly situation: string;
  /** How every command names the topology; `--dir`: by its name, and `up` has a folder. */
  readonly named?: Named;
  readonly before: readonly Move[];
  /** The command whose message is read. */
  readonly typed: string;
  /** It is no error that hints at something. */
  readonly succeeds?: true;
}

const UP = 'rrepl up --replicas 1';

const SITUATIONS: readonly Situation[] = [
  { situation: 'a topology that is not there', before: [], typed: 'status' },
  { situation: 'the same, to be scaled', before: [], typed: 'scale 1' },
  { situation: 'a topology that is taken down', before: [UP], typed: 'down', succeeds: true },
  {
    situation: 'one that a file describes, taken down',
    named: '-f',
    before: [UP],
    typed: 'down',
    succeeds: true,
  },
  {
    situation: 'one in a folder, taken down',
    named: '--dir',
    before: [UP],
    typed: 'down',
    succeeds: true,
  },
  {
    situation: 'a topology that is down',
    before: [UP, 'rrepl down'],
    typed: 'status',
  },
  {
    situation: 'a promotion beside a living master',
    before: [UP],
    typed: 'promote redis-2',
  },
  {
    situation: 'a client for a node that is stopped',
    before: [UP, 'docker stop redis-2'],
    typed: 'cli redis-2 -- PING',
  },
  {
    situation: 'a node whose container is gone',
    named: '-f',
    before: [UP, 'docker rm -f redis-2'],
    typed: 'restart redis-2',
  },
  {
    situation: 'another password for what is there',
    before: [UP],
    typed: 'up --password auto',
  },
  {
    situation: 'an older image than the one that wrote the data',
    before: [`${UP} --image redis:7.0`],
    typed: 'up --image redis:6.0',
  },
  {
    situation: 'a master that would come back with less than its replica has',
    before: [`${UP} --set save=`, 'rrepl cli -- SET a 1', 'rrepl kill master'],
    typed: 'start redis-1',
  },
  {
    situation: 'a drill that would lose data',
    before: [`${UP} --set save=`, 'rrepl cli -- SET a 1'],
    typed: 'kill-master --recover restart',
  },
  {
    situation: 'living replicas with different histories',
    before: [
      'rrepl up --replicas 2',
      'rrepl cli -- SET a 1',
      'rrepl disconnect redis-3',
      'rrepl restart redis-1',
      'rrepl cli -- SET b 1',
      'rrepl cli -- WAIT 1 20000',
      'docker kill redis-1',
    ],
    typed: 'heal',
  },
  {
    situation: 'a command that needs a master where none answers',
    before: [UP, 'docker kill redis-1'],
    typed: 'switchover',
  },
];

const SITUATION_MS = 300_000;

afterAll(removeTopologies);

describe.concurrent('hints', () => {
  test.for(SITUATIONS)('$situation', { timeout: SITUATION_MS }, async (situation) => {
    const shell = await newShell(situation.named ?? '--name');
    try {
      await expectHintsWork(shell, situation);
    } finally {
      await shell.end();
    }
  });
});

/** What is recommended first is typed, and all that only shows something; then the topology comes up whole. */
async function expectHintsWork(shell: Shell, situation: Situation): Promise<void> {
  const { before, typed, succeeds = false } = situation;
  for (const move of before) await shell.play(move);
  const result = await shell.type(shell.targeted(typed.split(' ')));
  const message = result.stdout + result.stderr;
  expect(result.exitCode === 0, message).toBe(succeeds);

  const hints = hintsIn(message);
  expect(hints, message).not.toEqual([]);
  expect(hints.filter(hasPlaceholder), message).toEqual([]);
  for (const hint of hints) shell.expectTargeted(hint, message);
  const recommended = hints.find((hint) => !hint.losing && !isLooking(hint));
  for (const hint of hints.filter((it) => it === recommended || isLooking(it))) {
    await shell.expectDone(hint.args, message);
  }
  if (recommended === undefined) return;
  await shell.expectDone(shell.targeted(['up']), message);
  await shell.expectDone(shell.targeted(['verify']), message);
}

type Shell = Awaited<ReturnType<typeof newShell>>;

/** What is typed in a folder of its own, about a topology of its own. */
async function newShell(named: Named) {
  const name = newTopology('f');
  const beside = `${name}-2`;
  const cwd = mkdtempSync(join(tmpdir(), 'rrepl-hints-'));
  const port = String(await freePorts(5));
  const file = join(cwd, 'shop.yaml');
  writeFileSync(file, `name: ${name}\n`);
  const target = named === '-f' ? ['-f', 'shop.yaml'] : ['--name', name];
  let isNew = true;

  const type = (args: readonly string[]): Promise<Result> => {
    const RREPL_IMAGE = isNew ? IMAGE : undefined;
    isNew = false;
    // A topology beside it finds ports of its own.
    const RREPL_PORT = args.includes(beside) ? undefined : port;
    return run(args, { cwd, env: { RREPL_PORT, RREPL_IMAGE } });
  };
  const targeted = ([command = '', ...args]: readonly string[]): string[] => {
    const folder = named === '--dir' && command === 'up' ? ['--dir', 'data'] : [];
    return [command, ...target, ...folder, ...args];
  };
  return {
    type,
    targeted,
    async expectDone(args: readonly string[], message: string): Promise<void> {
      const { exitCode, stdout, stderr } = await type(args);
      expect(exitCode, `${message}\nrrepl ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
    },
    async play(move: Move): Promise<void> {
      const action = actionOf(move);
      if (action.kind === 'docker') await docker(...engineWords(name, action.args));
      if (action.kind !== 'rrepl') return;
      const { exitCode, stderr } = await type(targeted(action.args));
      expect(exitCode, `${move}\n${stderr}`).toBe(0);
    },
    /** Typed without these, it would be about another topology, or make one elsewhere. */
    expectTargeted({ args }: Hint, message: string): void {
      const [command = ''] = args;
      if (['ls', 'prune', 'help', 'init', 'drill'].includes(command)) return;
      const words = args.join(' ');
      const byName = words.includes(`--name ${name}`); // also the one beside it
      const byFile = /(?:-f|--file) \S*shop\.yaml\b/.test(words);
      expect(
        byFile || (byName && (named !== '-f' || command !== 'up')),
        `${words}\n${message}`,
      ).toBe(true);
      if (named === '--dir' && command === 'up') expect(words, message).toMatch(/--dir \S*data\b/);
    },
    async end(): Promise<void> {
      await removeTopology(name);
      await removeTopology(beside);
      rmSync(cwd, { recursive: true, force: true });
    },
  };
}
