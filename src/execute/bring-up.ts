/**
 * From a wish to a topology in sync: observe, plan, execute; and if that fails, undo what
 * this run created and say what happened to each node.
 */

import { randomInt } from 'node:crypto';
import type { Access } from '../access/access.js';
import { bounded } from '../docker/call.js';
import type { TakenPort } from '../docker/free-ports.js';
import type { KnownOwners } from '../docker/known-owners.js';
import { containerName } from '../docker/names.js';
import { PortTakenError, type Runtime } from '../docker/runtime.js';
import { type Owner, serverOwner } from '../docker/server-user.js';
import { DeadlineError, EngineError, InterruptedError } from '../errors.js';
import { withRemedy } from '../live/remedy.js';
import type { ConnectRedis } from '../observe/reach.js';
import { connector, connectTo } from '../observe/reach.js';
import { nextPart, type Plan, type Step } from '../plan/plan.js';
import { verbOf } from '../plan/plan-text.js';
import { Deadline } from '../redis/wait.js';
import type { Wish } from '../topology/load.js';
import { keyOnce } from './authority.js';
import { causeOf, diedMeanwhile, ExecutionError, execute } from './execute.js';
import { Former } from './former.js';
import { planUp } from './plan-up.js';
import { isRefusal, putBack } from './put-back.js';
import { refuseUnreachable } from './reachable.js';
import { changedOthers, rollback } from './rollback.js';
import type { Creation, Emit, RunEvent, World } from './world.js';

export interface BringUp {
  /** Unique; a label on all that this run creates. */
  readonly id: string;
  readonly wish: Wish;
  readonly deadline: Deadline;
  /** Ends the run: interruption, or the deadline. */
  readonly signal: AbortSignal;
  readonly connectRuntime: (signal: AbortSignal) => Promise<Runtime>;
  readonly connect: ConnectRedis;
  readonly owners: KnownOwners;
  readonly emit: Emit;
  /** Leave what a failed run created. */
  readonly retain: boolean;
  readonly salvageTo?: string | undefined;
}

/** A port can be lost between the look and the start; then the next free one is taken. */
const ATTEMPTS = 6;
/** Two runs that look for ports at the same time choose the same ones: chance alone parts them. */
const SPREAD = 2000;
const ROLLBACK_MS = 60_000;
const PUT_BACK_MS = 30_000;
const ANSWER_MS = 5_000;
const LOG_LINES = 5;

/** Returns the plan that was carried out. */
export async function bringUp(run: BringUp): Promise<Plan> {
  const runtime = await run.connectRuntime(run.signal);
  // Remembered, because a look at the engine may not show who else has it.
  const lost: Lost = { takenPorts: [], takenSubnets: [] };
  let { wish } = run;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce({ ...run, wish }, runtime, lost);
    } catch (error) {
      const { takenPorts, takenSubnets } = lost;
      if (takenPorts.length + takenSubnets.length < attempt || attempt === ATTEMPTS) throw error;
      const port = error instanceof PortTakenError ? error.port : null;
      const what = port === null ? `subnet ${takenSubnets.at(-1)}` : `port ${port}`;
      run.emit({ type: 'note', text: `${what} was taken meanwhile: trying the next` });
      if (port !== null && takenPorts.length > 1) wish = elsewhere(run.wish);
    }
  }
}

interface Lost {
  readonly takenPorts: TakenPort[];
  readonly takenSubnets: string[];
}

const elsewhere = (wish: Wish): Wish => {
  const jump = randomInt(SPREAD);
  return {
    ...wish,
    resolve: (present) => {
      const topology = wish.resolve(present);
      return { ...topology, port: { ...topology.port, first: topology.port.first + jump } };
    },
  };
};

/** Adds the port or subnet that it fails for, if it was this attempt's choice, to `lost`. */
async function attemptOnce(run: BringUp, runtime: Runtime, lost: Lost): Promise<Plan> {
  const begun: Step[] = [];
  const former = new Former();
  const lastSeen = new Map<string, string>();
  const emit = (event: RunEvent) => {
    remember(event, begun, lastSeen);
    run.emit(event);
  };
  let portAsked = false;
  let neverStarted: readonly (number | null)[] = [];
  const planNow = async () => {
    const { observed, wanted, plan } = await planUp(runtime, run.connect, run.wish, {
      pulled: pulled(begun),
      lost,
    });
    refuseUnreachable(wanted.topology, runtime);
    portAsked = wanted.topology.port.asked;
    neverStarted = observed.nodes
      .filter(({ state }) => state === 'created')
      .map(({ port }) => port);
    const outcome = { former, signal: run.signal, emit, image: observed.image?.id ?? '' };
    return { plan, world: worldOf(run, runtime, wanted.access, outcome) };
  };
  try {
    let diedOnce = false;
    for (;;) {
      const { plan, world } = await planNow();
      const part = nextPart(plan);
      if (part === plan) for (const note of plan.notes) run.emit({ type: 'note', ...note });
      const done = await execute(part, world).then(
        () => true,
        (error) => {
          if (diedOnce || !diedMeanwhile(error)) throw error;
          diedOnce = true;
          return false;
        },
      );
      if (done && part === plan) return { ...plan, steps: [...begun] };
    }
  } catch (error) {
    if (begun.length === 0) throw error;
    const failure = await afterFailure(run, error, { begun, former, lastSeen });
    if (failure instanceof PortTakenError && !portAsked) {
      const { port } = failure;
      // A server that has run keeps its port: only a container that never did can take another.
      const movable = publishes(begun, port) || neverStarted.includes(port);
      if (movable) lost.takenPorts.push({ port, holder: null });
    }
    const subnet = lostSubnet(error);
    if (subnet !== null) lost.takenSubnets.push(subnet);
    throw failure;
  }
}

/** An engine that still doesn't know the image says so when it is to be used. */
const pulled = (begun: readonly Step[]): boolean => begun.some((step) => step.kind === 'pullImage');

function lostSubnet(failure: unknown): string | null {
  if (!(failure instanceof ExecutionError) || failure.step.kind !== 'createNetwork') return null;
  const { cause, step } = failure;
  return cause instanceof EngineError && cause.about?.code === 'subnet-taken' ? step.subnet : null;
}

const publishes = (begun: readonly Step[], port: number): boolean =>
  begun.some((step) => step.kind === 'createContainer' && step.spec.publish.hostPort === port);

function remember(event: RunEvent, begun: Step[], lastSeen: Map<string, string>): void {
  if (!('step' in event)) return;
  if (event.type === 'begun') begun.push(event.step);
  if (!('node' in event.step)) return;
  const text = event.type === 'progress' ? event.text : `${verbOf(event.step)}: ${event.type}`;
  lastSeen.set(event.step.node, text);
}

/** All nodes of a run have one image. Without its id, because it was pulled just now, it is asked. */
function ownerOnce(runtime: Runtime, owners: KnownOwners, image: string): Creation['ownerOf'] {
  let owner: Promise<Owner> | undefined;
  return (container, startsAs) => {
    const ask = () => serverOwner(runtime, container, startsAs);
    owner ??= image === '' ? ask() : owners.of(`${image} ${startsAs ?? ''}`.trim(), ask);
    return owner;
  };
}

const worldOf = (
  run: BringUp,
  runtime: Runtime,
  access: Access | null,
  {
    former,
    image = '',
    ...outcome
  }: Pick<World, 'signal' | 'emit'> & { readonly former: Former; readonly image?: string },
): World => ({
  ...outcome,
  runtime,
  creation: {
    run: run.id,
    ownerOf: ownerOnce(runtime, run.owners, image),
    keyOf: keyOnce(),
    former,
  },
  connect: connector(runtime, run.connect, run.wish.name, access),
  deadline: run.deadline,
  salvageTo: run.salvageTo,
});

interface Attempted {
  readonly begun: readonly Step[];
  readonly former: Former;
  readonly lastSeen: ReadonlyMap<string, string>;
}

/** The run's own signal may have ended, so looking and cleaning up get time of their own. */
async function afterFailure(
  run: BringUp,
  failure: unknown,
  { begun, former, lastSeen }: Attempted,
): Promise<unknown> {
  const signal = AbortSignal.timeout(ROLLBACK_MS);
  const name = run.wish.name;
  const cause = causeOf(failure);
  const runtime = await answering(run, signal);
  const error = await explain(cause, runtime, run, lastSeen);
  if (runtime === null) {
    const text = 'the engine does not answer, so what was created is kept';
    run.emit({ type: 'note', text, about: { code: 'left-on-engine', topology: name } });
    return error;
  }
  if (run.retain) {
    const text = 'what was created is kept';
    run.emit({ type: 'note', text, about: { code: 'retained', topology: name } });
    return error;
  }
  const world = worldOf(run, runtime, null, { former, signal, emit: () => {} });
  const undone = isRefusal(failure) ? await undoRefused(run, { begun, former, world }) : [];
  if (changedOthers(begun.filter((step) => !undone.includes(step)))) {
    const text = 'what is done stays';
    run.emit({ type: 'note', text, about: { code: 'unfinished', topology: name } });
    return error;
  }
  const aborted = failure instanceof ExecutionError ? failure.aborted : [];
  const left = await rollback(name, { begun, aborted }, world).catch((trouble: Error) => [
    `(the clean-up failed: ${trouble.message})`,
  ]);
  if (left.length > 0) {
    run.emit({
      type: 'note',
      text: `left behind: ${left.join(', ')}`,
      about: { code: 'left-behind', topology: name, volumes: false },
    });
  } else if (cause instanceof InterruptedError) {
    run.emit({ type: 'note', text: 'nothing is left: what this run created is removed' });
  }
  return error;
}

/** Returns the steps that count no more: nodes that run again as they did. */
async function undoRefused(
  run: BringUp,
  { begun, former, world }: Omit<Attempted, 'lastSeen'> & { readonly world: World },
): Promise<readonly Step[]> {
  if (former.confs.size === 0 && former.settings.length === 0) return [];
  const { name } = run.wish;
  try {
    const connect = await connectTo(world.runtime, run.connect, name);
    const deadline = new Deadline(PUT_BACK_MS);
    const nodes = await putBack(former, begun, { ...world, connect, deadline });
    if (nodes.length > 0) {
      const text = `the former redis.conf is in its place again: ${nodes.sort().join(', ')}`;
      run.emit({ type: 'note', text });
    }
    return begun.filter((step) => step.kind === 'stopContainer' && nodes.includes(step.node));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    run.emit({ type: 'note', text: `what was refused could not be put back: ${reason}` });
    return [];
  }
}

/** Null if the engine is gone or hangs: nobody waits a minute more to learn that. */
async function answering(run: BringUp, signal: AbortSignal): Promise<Runtime | null> {
  const bounds = { deadlineMs: ANSWER_MS, signals: [signal], overdue: () => '' };
  try {
    await bounded(bounds, async (call) => (await run.connectRuntime(call.signal)).engine());
    return await run.connectRuntime(signal);
  } catch {
    return null;
  }
}

/** A deadline says for each node what it waited for, with the last lines of its log. */
async function explain(
  cause: unknown,
  runtime: Runtime | null,
  { wish: { name: topology }, connect }: BringUp,
  lastSeen: ReadonlyMap<string, string>,
): Promise<unknown> {
  if (!(cause instanceof DeadlineError)) {
    // An engine that fails now has nothing to add.
    const reach = runtime && (await connectTo(runtime, connect, topology).catch(() => null));
    return reach ? withRemedy(cause, { topology, runtime, connect: reach }) : cause;
  }
  const parts = await Promise.all(
    [...lastSeen].map(async ([node, seen]) => {
      const container = containerName(topology, node);
      const log = (await runtime?.logTail(container, LOG_LINES).catch(() => null)) ?? [];
      return [`${node}: ${seen}`, ...log.map((line) => `    ${line}`)].join('\n');
    }),
  );
  return new DeadlineError([cause.message, ...parts.sort()].join('\n'), {
    about: cause.about ?? { code: 'deadline', topology, operation: 'up' },
    cause,
  });
}
