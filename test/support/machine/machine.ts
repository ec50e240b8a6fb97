/**
 * Plays moves on a real topology and holds rrepl to its promises. A key that WAIT confirmed must be there at every
 * rest (an `up`, `scale` or `heal` that ended well), unless rrepl said beforehand that it would not, or what was done
 * behind its back took the last copy; there is one master then, `verify` passes, `plan` had shown what `up` did, and
 * another `up` changes nothing. A command that is refused loses nothing, and its hint leads on.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { docker, holdings, IMAGE, NOTHING, redis, shell } from '../docker.js';
import { freePorts } from '../ports.js';
import { newTopology, type Result, removeTopology, start } from '../rrepl.js';
import { lookAt } from './look.js';
import {
  afterLook,
  demanding,
  keysOf,
  type Look,
  lostWhileLiving,
  type Model,
  mastersIn,
  missingAtRest,
  NEW_MODEL,
  onlyOn,
  without,
  withoutCopy,
} from './model.js';
import { actionOf, engineWords, type Move } from './move.js';
import {
  chosenMaster,
  doneSteps,
  type Hint,
  hintsIn,
  NOTHING_CHANGED,
  NOTHING_PLANNED,
  plannedSteps,
  saysLoss,
  setAsideIn,
  UNREAD,
  waysOn,
} from './words.js';

/** More than any topology of a test has nodes. */
const PORTS = 5;
const MAX_HINTS = 6;
const RUN_MS = 120_000;
const CONFIRM_MS = 500;
/** rrepl commands after which a topology is expected to be whole. */
const RESTS = new Set(['up', 'scale', 'heal']);

/** Plays on a machine of its own, to the end. */
export async function onMachine(
  work: (machine: Machine) => Promise<void>,
  seed: number | null = null,
): Promise<void> {
  const machine = new Machine(seed);
  try {
    await work(machine);
    await machine.settle();
    await machine.end();
  } finally {
    await machine.discard();
  }
}

/** The engine or a server refused what was done behind rrepl's back: no move at all. */
export class RefusedMove extends Error {}

interface Seen {
  readonly model: Model;
  readonly look: Look;
}

interface Run extends Result {
  readonly args: readonly string[];
  readonly output: string;
}

export class Machine {
  readonly name = newTopology('f');
  readonly #cwd = mkdtempSync(join(tmpdir(), 'rrepl-machine-'));
  readonly #moves: Move[] = [];
  readonly #runs: Run[] = [];
  #port = 0;
  #dir: string | null = null;
  #model: Model = NEW_MODEL;
  #look: Look = new Map();
  #written = 0;
  #unconfirmed = 0;
  #hasBeenUp = false;
  #resting = false;
  /** How the last `down` said that it comes up again. */
  #comeBack: readonly string[] | null = null;

  /** The seed that chose the moves, if one did, is named by what fails. */
  constructor(readonly seed: number | null = null) {}

  get look(): Look {
    return this.#look;
  }

  /** Whether an `up`, `scale` or `heal` ended well and nothing was done since but writing. */
  get resting(): boolean {
    return this.#resting;
  }

  /** How many writes WAIT didn't confirm; whether they are kept isn't asked. */
  get unconfirmed(): number {
    return this.#unconfirmed;
  }

  /** Throws `RefusedMove`, or an error that says which promise was broken, by which moves. */
  async play(move: Move): Promise<void> {
    const action = actionOf(move);
    this.#moves.push(move);
    switch (action.kind) {
      case 'write':
        return this.#write();
      case 'docker':
        return this.#behindTheBack(() => docker(...engineWords(this.name, action.args)));
      case 'redis':
        return this.#behindTheBack(() => redis(this.name, action.node, ...action.command));
      case 'rrepl': {
        if (action.killAfterMs !== null) return this.#kill(action.args, action.killAfterMs);
        await this.#command(action.args);
      }
    }
  }

  /** Brings it to rest: by what `down` has printed, by `up`, and by what the messages recommend. */
  async settle(): Promise<void> {
    let args: readonly string[] = this.#comeBack ?? ['up'];
    for (let tries = 0; tries <= MAX_HINTS; tries += 1) {
      if (this.#resting) return;
      this.#moves.push(`# ${tries === 0 ? 'settle' : 'hint'}: rrepl ${args.join(' ')}`);
      const run = await this.#command(args);
      if (run.exitCode === 0) args = ['up'];
      else args = this.#wayOn(run) ?? this.#broken('an error says how to go on', run.output);
    }
    if (!this.#resting) this.#broken(`at most ${MAX_HINTS} hints lead to rest`);
  }

  /** Takes it down; nothing may be left. */
  async end(): Promise<void> {
    const run = await this.#run(['down', '--volumes']);
    if (run.exitCode !== 0) this.#broken('down --volumes works', run.output);
    const left = await holdings(this.name);
    if (JSON.stringify(left) !== JSON.stringify(NOTHING)) {
      this.#broken('down --volumes leaves nothing', JSON.stringify(left));
    }
  }

  /** Whatever happened. */
  async discard(): Promise<void> {
    await removeTopology(this.name);
    rmSync(this.#cwd, { recursive: true, force: true });
  }

  async #write(): Promise<void> {
    const confirmed: string[] = [];
    for (const master of mastersIn(this.#look)) {
      this.#written += 1;
      const key = `key:${this.#written}`;
      const script = `printf 'SET ${key} 1\\nWAIT 1 ${CONFIRM_MS}\\n' | client`;
      const reply = await shell(this.name, master, script).catch(() => '');
      if (/^OK\n[1-9]/.test(reply)) confirmed.push(key);
      else this.#unconfirmed += 1;
    }
    await this.#see('others');
    this.#model = demanding(this.#model, confirmed);
  }

  async #behindTheBack(work: () => Promise<string>): Promise<void> {
    this.#resting = false;
    const trouble = await work().then(
      (reply) => (/^(?:ERR|NOAUTH|READONLY|MISCONF) /.test(reply) ? reply : null),
      (error: Error) => error.message,
    );
    await this.#see('others');
    this.#model = without(this.#model, withoutCopy(this.#model));
    await this.#expectMastersNamed();
    if (trouble === null) return;
    const move = this.#moves.pop();
    throw new RefusedMove(`${move}: ${trouble}`);
  }

  async #kill(args: readonly string[], ms: number): Promise<void> {
    this.#resting = false;
    const { child, ended } = await this.#started(args);
    await Promise.race([sleep(ms), ended]);
    child.kill('SIGKILL');
    const result = await ended;
    const run = { ...result, args, output: result.stdout + result.stderr };
    this.#runs.push(run);
    await this.#expectNoLoss(run);
  }

  async #command(args: readonly string[]): Promise<Run> {
    const [command = ''] = args;
    const plan = command === 'up' ? await this.#run(['plan', ...planFlags(args)]) : null;
    const before = { model: this.#model, look: this.#look };
    this.#resting = false;
    const run = await this.#run(args);
    await this.#expectNoLoss(run);
    if (run.exitCode !== 0) this.#expectLivingAsBefore(before.look, run);
    const masters = mastersIn(this.#look);
    if (run.exitCode === 0 && masters.length > Math.max(1, mastersIn(before.look).length)) {
      this.#broken('no command of rrepl makes a second master', masters.join(', '));
    }
    await this.#expectMastersNamed();
    if (run.exitCode === 0) this.#comeBack = command === 'down' ? comeBack(run) : null;
    if (run.exitCode === 0 && RESTS.has(command)) {
      await this.#expectRest(run, before);
      this.#resting = true;
    }
    if (plan) this.#expectPlanned(plan, run);
    if (this.#resting && command !== 'heal') await this.#expectNothingToDo();
    return run;
  }

  async #see(doer: 'rrepl' | 'others'): Promise<void> {
    const folder = this.#dir === null ? null : join(this.#cwd, this.#dir);
    this.#look = await lookAt(this.name, folder);
    this.#model = afterLook(this.#model, this.#look, doer);
  }

  /** A command must leave a copy of every demanded key, or have said what it takes. */
  async #expectNoLoss(run: Run): Promise<void> {
    const before = { model: this.#model, look: this.#look };
    await this.#see('rrepl');
    this.#excuse(run, before, withoutCopy(this.#model), 'a copy is left of');
  }

  /** Those that it said nothing of are lost by a fault; the others are no longer demanded. */
  #excuse(run: Run, before: Seen, lost: readonly string[], promise: string): void {
    const said = run.args.includes('--volumes') || saysLoss(run.output);
    const excused = said ? lost : onlyOn(setAsideIn(run.output), before.model, before.look, lost);
    const faults = lost.filter((key) => !excused.includes(key));
    if (faults.length > 0) this.#broken(`${promise} ${faults.join(', ')}`, run.output);
    this.#model = without(this.#model, lost);
  }

  #expectLivingAsBefore(before: Look, run: Run): void {
    const emptied = lostWhileLiving(this.#model, before, this.#look);
    if (emptied.length > 0 && !saysLoss(run.output)) {
      this.#broken(
        `what fails takes nothing from living servers: ${emptied.join(', ')}`,
        run.output,
      );
    }
  }

  async #expectRest(run: Run, before: Seen): Promise<void> {
    // Folders of nodes that were scaled away stay.
    const nodes = [...this.#look].filter(
      ([, { state }]) => state !== 'absent' || this.#dir === null,
    );
    const look: Look = new Map(nodes);
    const down = nodes.filter(([, { server }]) => server === null).map(([name]) => name);
    if (down.length > 0) this.#broken(`at rest ${down.join(', ')} answers`, run.output);
    this.#excuse(run, before, missingAtRest(this.#model, look), 'at rest every node has');
    const masters = mastersIn(look);
    if (masters.length !== 1) this.#broken(`one master, not ${masters.join(', ')}`, run.output);
    const verify = await this.#run(['verify']);
    if (verify.exitCode !== 0) this.#broken('verify passes', verify.output);
  }

  #expectPlanned(plan: Run, up: Run): void {
    // It has said so: what only a container can read, it can't.
    if (UNREAD.test(plan.stdout)) return;
    const both = `${plan.output}\n--- up:\n${up.output}`;
    if (plan.exitCode !== 0 && plan.exitCode !== up.exitCode) {
      this.#broken('what plan refuses, up refuses', both);
    }
    if (plan.exitCode === 0 && up.exitCode === 3)
      this.#broken('what up refuses, plan refuses', both);
    if (plan.exitCode !== 0 || up.exitCode !== 0) return;
    const planned = plannedSteps(plan.stdout, this.name);
    const done = doneSteps(up.stderr);
    if (planned.join() !== done.join()) this.#broken('up does what plan has shown', both);
    if (NOTHING_PLANNED.test(plan.stdout) !== NOTHING_CHANGED.test(up.stderr)) {
      this.#broken('plan has nothing to change if up changes nothing', both);
    }
  }

  async #expectNothingToDo(): Promise<void> {
    const plan = await this.#run(['plan']);
    if (!NOTHING_PLANNED.test(plan.stdout)) this.#broken('nothing is left to do', plan.output);
    const up = await this.#run(['up']);
    if (!NOTHING_CHANGED.test(up.stderr)) this.#broken('a second up changes nothing', up.output);
  }

  async #expectMastersNamed(): Promise<void> {
    const masters = mastersIn(this.#look);
    if (masters.length < 2) return;
    const { output } = await this.#run(['status']);
    const named = new RegExp(`masters: ${masters.join('.*')}`);
    if (!named.test(output)) this.#broken(`status names ${masters.length} masters`, output);
  }

  /** What a person would choose: of nodes that could lead, the one with most of what was confirmed. */
  #wayOn(run: Run): readonly string[] | null {
    const [first, ...others] = waysOn(run.output, run.args);
    if (first === undefined) return null;
    const chosen = chosenMaster(first) === null ? first : this.#fullest([first, ...others]);
    const master = chosenMaster(chosen);
    if (master !== null && others.some((it) => chosenMaster(it) !== null)) {
      const has = keysOf(this.#model, master);
      const given = [...this.#model.demanded].filter((key) => !has.has(key));
      this.#model = without(this.#model, given);
    }
    return chosen.args;
  }

  #fullest(hints: readonly Hint[]): Hint {
    const count = (hint: Hint) => {
      const master = chosenMaster(hint);
      if (master === null) return -1;
      const has = keysOf(this.#model, master);
      return [...this.#model.demanded].filter((key) => has.has(key)).length;
    };
    return hints.reduce((best, hint) => (count(hint) > count(best) ? hint : best));
  }

  async #run(args: readonly string[]): Promise<Run> {
    const isFirst = args[0] === 'up' && !this.#hasBeenUp;
    const result = await (await this.#started(args)).ended;
    const run = { ...result, args, output: result.stdout + result.stderr };
    this.#runs.push(run);
    this.#hasBeenUp ||= args[0] === 'up';
    if (run.exitCode === null) this.#broken(`rrepl ${args.join(' ')} ends`, run.output);
    if (/defect of rrepl/.test(run.output)) this.#broken('no defect shows', run.output);
    if (isFirst && run.exitCode !== 0) this.#broken('it comes up at all', run.output);
    if (run.exitCode === 4) this.#broken('the engine refuses nothing', run.output);
    return run;
  }

  async #started(args: readonly string[]) {
    if (this.#port === 0) this.#port = await freePorts(PORTS);
    const at = args.indexOf('--dir');
    if (at !== -1) this.#dir = args[at + 1] ?? null;
    const isFirst = !this.#hasBeenUp;
    return start(args, {
      cwd: this.#cwd,
      timeoutMs: RUN_MS,
      env: {
        RREPL_NAME: this.name,
        RREPL_PORT: String(this.#port),
        // What runs stays what it is unless a move says otherwise.
        RREPL_IMAGE: isFirst ? IMAGE : undefined,
      },
    });
  }

  #broken(promise: string, output = ''): never {
    const last = this.#runs
      .slice(-6)
      .map(({ args, exitCode }) => `    rrepl ${args.join(' ')}: exit code ${exitCode}`);
    throw new Error(
      [
        `broken: ${promise}${this.seed === null ? '' : ` (seed ${this.seed})`}`,
        ...this.#moves.map((move) => `  ${move}`),
        'the last commands:',
        ...last,
        ...(output === '' ? [] : [output.trimEnd()]),
        `replay: RREPL_TEST_MOVES='${replay(this.#moves)}' npm run soak -- state-machine`,
      ].join('\n'),
    );
  }
}

const replay = (moves: readonly Move[]): string =>
  moves.filter((move) => !move.startsWith('#')).join('; ');

const comeBack = ({ output }: Run): readonly string[] | null =>
  hintsIn(output).find(({ losing }) => !losing)?.args ?? null;

/** Flags that `up` has and `plan` has not. */
const planFlags = (args: readonly string[]): string[] =>
  args.slice(1).filter((word) => !['--json', '--retain', '--yes'].includes(word));
