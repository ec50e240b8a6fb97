/** The user's own program against a topology that is broken meanwhile, and what that did to it. */
import { withCleanUp } from '../clean-up.js';
import { Timeline } from '../drills/timeline.js';
import { InterruptedError } from '../errors.js';
import {
  type Ended,
  type Program,
  type ProgramIo,
  refuseAbsent,
  startProgram,
} from '../program/child.js';
import type { PlannedFault } from '../program/faults.js';
import { judge, type RunReport } from '../program/report.js';
import { whenMatched } from '../program/when-matched.js';
import type { Wish } from '../topology/load.js';
import { removeFresh } from './fresh.js';
import { heal } from './heal.js';
import { leftBehind, leftBroken } from './left-behind.js';
import type { Engine, OperationOptions } from './operation.js';
import { type FaultsInput, plannedFaults } from './planned-faults.js';
import { type Run, startRun } from './run.js';
import { environment } from './run-environment.js';
import { notPlayed, playFaults } from './run-faults.js';
import { up } from './up.js';
import { openWitness } from './witness.js';

export interface RunInput extends FaultsInput {
  /** The program, and its arguments. */
  readonly command: readonly string[];
  /** Its environment, beside what this says of the topology. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** @internal */
  readonly io: ProgramIo;
  /** How many writes may be lost. */
  readonly maxLoss?: number | undefined;
  /** A terminal's Ctrl-C reaches the program by itself, so it is not told again. */
  readonly sharesTerminal?: boolean | undefined;
  /** Aborts right before this process exits: the program is killed then, and nothing is cleaned up. */
  readonly atOnce?: AbortSignal | undefined;
  /** The command that does the same again, for the report. */
  readonly again?: string | undefined;
}

const UP_MS = 60_000;

/**
 * A fresh topology is removed with its data afterwards; one that is there is healed of what was
 * done to it. Signals are passed on to the program, which ends by itself. `timeoutMs` is for
 * bringing a fresh one up, 60 s if it isn't said.
 * @throws InvalidTopologyError with all that is wrong with the faults, NotStartedError if there is no
 * such program: then nothing was made
 */
export async function runCommand(
  engine: Engine,
  input: RunInput,
  options: OperationOptions = {},
): Promise<RunReport> {
  const begun = startRun(options, UP_MS);
  const { topology } = input;
  refuseAbsent(input);
  const faults = await plannedFaults(engine, input, begun);
  if (typeof topology === 'string') {
    const isBroken = faults.length > 0;
    return withCleanUp(
      () => play(engine, topology, { ...input, faults, removedAfter: false }, begun),
      () => (isBroken ? healAfter(engine, topology, begun) : Promise.resolve()),
      (trouble) => begun.emit({ type: 'note', ...leftBroken(topology, trouble) }),
    );
  }
  const { name } = topology;
  const isFilled = faults.some(({ fault }) => fault === 'full-disk');
  const wish = isFilled ? withSmallDisks(topology) : topology;
  return withCleanUp(
    async () => {
      await up(engine, { wish }, options);
      return play(engine, name, { ...input, faults, removedAfter: true }, begun);
    },
    () => removeFresh(engine, name, begun),
    (trouble) => begun.emit({ type: 'note', ...leftBehind(name, trouble) }),
  );
}

/** In memory, so that a full disk is nobody else's. */
const SMALL_DISK_BYTES = 32 * 1024 * 1024;

const withSmallDisks = (wish: Wish): Wish => ({
  ...wish,
  resolve: (present) => {
    const topology = wish.resolve(present);
    const nodes = topology.nodes.map((node) => ({ ...node, dataBytes: SMALL_DISK_BYTES }));
    return { ...topology, nodes };
  },
});

const HEAL_MS = 120_000;

const healAfter = async (
  engine: Engine,
  topology: string,
  { emit, salvageTo }: Run,
): Promise<void> => {
  await heal(
    engine,
    { topology },
    {
      timeoutMs: HEAL_MS,
      onEvent: (it) => {
        if (it.type === 'note' || it.type === 'salvaged') emit(it);
      },
      salvageTo,
    },
  );
};

/** Whoever leads next may lack writes, or none. */
const LEFT_ALONE = { lost: null, lostUnknown: 'no master answers at the end' } as const;

interface Play extends Omit<RunInput, 'faults'> {
  readonly faults: readonly PlannedFault[];
  readonly removedAfter: boolean;
}

async function play(
  engine: Engine,
  topology: string,
  input: Play,
  { signal, emit, salvageTo }: Run,
): Promise<RunReport> {
  signal.throwIfAborted();
  const { faults, recover, removedAfter, chaosMs } = input;
  // All times are those of the program: nothing has one before it was started.
  let begun: Timeline | null = null;
  const clock = () => begun?.clock() ?? 0;
  const onMaster = (node: string | null) =>
    begun?.note(node === null ? 'no master answers' : 'the door leads to', node);
  const witness = await openWitness(engine, topology, { clock, onMaster });
  const ending = new AbortController();
  let place: Awaited<ReturnType<typeof environment>> | undefined;
  try {
    place = await environment(engine, topology, witness.door, input.env);
    const matched = whenMatched(input.when);
    const timeline = new Timeline((event) => emit({ type: 'timeline', ...event }));
    begun = timeline;
    const program = await startProgram({ ...input, env: place.env, onOutput: matched.onOutput });
    const stop = passSignals(program, signal, input, emit);
    const settings = {
      ...{ topology, recover, removedAfter, timeline, emit },
      salvageTo: removedAfter ? undefined : salvageTo,
    };
    const playing = Promise.race([matched.promise, program.ended]).then(() =>
      matched.isMatched()
        ? playFaults(engine, faults, settings, ending.signal)
        : notPlayed(faults, `the program did not print what was waited for`),
    );
    const ended: Ended = await program.ended;
    const elapsedMs = Math.round(timeline.note('the program ends') * 10) / 10;
    stop();
    ending.abort();
    const played = await playing;
    return judge({
      topology,
      command: input.command,
      ...ended,
      elapsedMs,
      seed: chaosMs === undefined ? null : (input.seed ?? 1),
      again: input.again ?? null,
      faults: played,
      traffic: witness.door.traffic(),
      ...(witness.door.master === null ? LEFT_ALONE : await witness.loss()),
      maxLoss: input.maxLoss ?? null,
      maxDowntimeMs: input.maxDowntimeMs ?? null,
      timeline: timeline.events,
    });
  } finally {
    ending.abort();
    await Promise.all([witness.close(), place?.remove()]);
  }
}

/** A program that ends at once when it is told to is not spoken of. */
const SOON_MS = 500;

/** Until the program has ended. */
function passSignals(
  program: Program,
  signal: AbortSignal,
  { sharesTerminal = false, atOnce }: Pick<RunInput, 'sharesTerminal' | 'atOnce'>,
  emit: Run['emit'],
): () => void {
  let soon: NodeJS.Timeout | undefined;
  const kill = () => program.kill('SIGKILL');
  const pass = () => {
    const { reason } = signal;
    const name = reason instanceof InterruptedError ? reason.signal : 'SIGTERM';
    if (name !== 'SIGINT' || !sharesTerminal) program.kill(name);
    // Not everybody ends when nobody reads.
    if (name === 'SIGPIPE') program.kill('SIGTERM');
    const text = `waiting for the program to end: it has ${name}${atOnce ? '; a second one kills it' : ''}`;
    soon = setTimeout(() => emit({ type: 'note', text }), SOON_MS);
  };
  if (signal.aborted) pass();
  else signal.addEventListener('abort', pass, { once: true });
  atOnce?.addEventListener('abort', kill, { once: true });
  return () => {
    clearTimeout(soon);
    signal.removeEventListener('abort', pass);
    atOnce?.removeEventListener('abort', kill);
  };
}
