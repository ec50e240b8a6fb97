/** One address that always leads to the current master of a topology, or to its replicas in turn. */
import { urlOf } from '../access/url.js';
import { type EngineTopology, listTopology } from '../docker/topologies.js';
import { DOOR_HOST, Door, type DoorNode, type DoorOptions, type Leads } from '../door/door.js';
import type { Traffic } from '../door/traffic.js';
import { FailedError } from '../errors.js';
import { duration } from '../format.js';
import { type LiveTopology, openTopology } from '../live/live-topology.js';
import { connector } from '../observe/reach.js';
import type { Deadline } from '../redis/wait.js';
import type { Engine, OperationOptions, Target } from './operation.js';
import { startRun } from './run.js';

export interface DoorInput extends Target {
  /** On 127.0.0.1; 0, and if it isn't said: one that is free. */
  readonly port?: number | undefined;
  /** Where it leads: to the master, unless it says `replica`: to the replicas in turn. */
  readonly leads?: Leads | undefined;
  /** How long a new connection waits for a server, in milliseconds; 10,000 if it isn't said. */
  readonly holdMs?: number | undefined;
}

/** Close it: it listens, and keeps the process alive, until then. */
export interface OpenDoor extends AsyncDisposable {
  /** Where clients connect, with the password if there is one. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** The node that it leads to now, if that is the master; null while none answers. */
  readonly master: string | null;
  /** What went through it so far. */
  traffic(): Traffic;
  /** Cuts what is open. */
  close(): Promise<void>;
}

const HOLD_MS = 10_000;
const READY_MS = 10_000;
/** How soon a node that `scale` or `up` has made is known. */
const LOOK_MS = 2000;

/**
 * Opens when a server is there to lead to. 10 s for that, unless `timeoutMs` says otherwise; a
 * signal that aborts later closes nothing.
 * @throws FailedError if no server answers in time, UsageError if the port is taken
 */
export async function door(
  engine: Engine,
  { topology, ...wish }: DoorInput,
  options: OperationOptions = {},
): Promise<OpenDoor> {
  const { signal, deadline, emit } = startRun(options, READY_MS);
  signal.throwIfAborted();
  const open = new AbortController();
  const runtime = await engine.connectRuntime(open.signal);
  const live = await openTopology(runtime, engine.loadRedis, topology);
  const onMaster = (node: string | null) => emit({ type: 'door', leadsTo: node });
  const atEnd = () => {
    live.close();
    open.abort();
  };
  const text = `${topology} is gone: new connections wait until it is there again`;
  const onGone = () => emit({ type: 'note', text });
  return doorTo(engine, live, { ...wish, deadline, onMaster, onGone, clock: startClock(), atEnd });
}

interface DoorSettings
  extends Omit<DoorInput, 'topology'>,
    Pick<DoorOptions, 'clock' | 'onMaster' | 'writesOf'> {
  /** For a server to be there to lead to. */
  readonly deadline: Deadline;
  /** The topology was removed. */
  readonly onGone?: () => void;
  /** Whatever becomes of it. */
  readonly atEnd?: () => void;
}

/** Before a topology that is open already, and stays so until the door is closed. */
export async function doorTo(
  engine: Engine,
  live: LiveTopology,
  {
    port = 0,
    leads = 'master',
    holdMs = HOLD_MS,
    deadline,
    onGone = () => {},
    atEnd = () => {},
    ...rest
  }: DoorSettings,
): Promise<OpenDoor> {
  const { runtime, name: topology } = live;
  const connect = connector(runtime, await engine.loadRedis(), topology, live.access);
  const nodesOf = ({ nodes }: EngineTopology): DoorNode[] =>
    nodes.flatMap(({ name: node, port: at }) =>
      at === null
        ? []
        : [{ node, host: runtime.publishedHost, port: at, redis: connect(node, at) }],
    );
  const readable = live.access?.authority == null;
  const settings = { port, leads, holdMs, readable, ...rest };
  const opened = await Door.open(nodesOf(live), settings).catch((error) => {
    atEnd();
    throw error;
  });
  const stop = followChanges(
    live,
    () => listTopology(runtime, topology),
    (it) => {
      if (it.nodes.length === 0) onGone();
      return opened.follow(nodesOf(it));
    },
  );
  const close = async () => {
    stop();
    await opened.close();
    atEnd();
  };
  if (!(await opened.ready(deadline.remainingMs()))) {
    await close();
    throw new FailedError(
      `topology ${topology} has no ${leads} that answered within ${duration(deadline.ms)}`,
      { about: { code: `no-${leads}`, topology, nodes: live.nodes.map(({ name }) => name) } },
    );
  }
  return {
    url: urlOf(DOOR_HOST, opened.port, live.access, true),
    host: DOOR_HOST,
    port: opened.port,
    get master() {
      return opened.master;
    },
    traffic: () => opened.traffic(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function startClock(): () => number {
  const startedAt = performance.now();
  return () => performance.now() - startedAt;
}

/** Nodes keep their ports; what comes and goes is what `scale` and `up` make and remove. */
function followChanges(
  seen: EngineTopology,
  look: () => Promise<EngineTopology>,
  follow: (seen: EngineTopology) => Promise<void>,
): () => void {
  const wordsOf = ({ nodes }: EngineTopology) =>
    nodes.map(({ name, port }) => `${name} ${port}`).join();
  let before = wordsOf(seen);
  let looking = false;
  const timer = setInterval(async () => {
    if (looking) return;
    looking = true;
    // An engine that doesn't answer now is asked again.
    const now = await look().catch(() => null);
    looking = false;
    if (now === null || wordsOf(now) === before) return;
    before = wordsOf(now);
    await follow(now);
  }, LOOK_MS);
  return () => clearInterval(timer);
}
