/** What the operations that move the master's role have in common. */
import { urlOf } from '../access/url.js';
import { execute, failureOf } from '../execute/execute.js';
import type { RunEvent } from '../execute/world.js';
import { findNode } from '../live/find-node.js';
import type { LiveTopology } from '../live/live-topology.js';
import { readStatus, type StatusWish, type TopologyStatus } from '../live/status.js';
import { observe } from '../observe/nodes.js';
import type { Plan } from '../plan/plan.js';
import type { Target } from './operation.js';
import type { Run } from './run.js';

export interface FailoverInput extends Target, StatusWish {
  /** The next master: a node's name, or `replica`, the default, for the one that is furthest. */
  readonly node?: string | undefined;
}

/** Who is the master now. */
export interface FailoverResult {
  readonly master: string;
  /** Of the master, as in `status`. */
  readonly url: string | null;
  readonly status: TopologyStatus;
}

/** What is there, and whom the words for a node mean. */
export async function lookAt(live: LiveTopology) {
  const observed = await observe(live.runtime, live.connect, live);
  const nodes = observed.nodes.map(({ name, server }) => ({
    name,
    role: server?.replication.role ?? null,
  }));
  const named = (wanted: string) => findNode({ topology: live.name, nodes }, wanted).name;
  /** Null for the replica that is furthest. */
  const next = (wanted = 'replica') => (wanted === 'replica' ? null : named(wanted));
  return { observed, named, next };
}

/** Carries out a plan that moves the role. Rejects with `FailedError` if it has moved, and not everybody knows. */
export async function moveRole(
  live: LiveTopology,
  plan: Plan,
  run: Run,
  wish: StatusWish,
): Promise<FailoverResult> {
  const { node: master } = plan.steps.find(
    ({ kind }) => kind === 'promote' || kind === 'switchover',
  ) as { readonly node: string };
  try {
    await carryOut(live, plan, run);
  } catch (error) {
    throw failureOf(error, live.name, master);
  }
  const status = await readStatus(live, wish);
  const url = status.nodes.find(({ name }) => name === master)?.url ?? null;
  return { master, url, status };
}

/** Throws what `execute` throws. */
export async function carryOut(live: LiveTopology, plan: Plan, run: Run): Promise<void> {
  for (const note of plan.notes) run.emit({ type: 'note', ...note });
  const { runtime, connect } = live;
  await tellingWhere(live, run, (emit) =>
    execute(plan, { ...run, runtime, connect, creation: null, emit }),
  );
}

/** Works, and says where the master is if its role has moved meanwhile, however that ends. */
export const tellingWhere = <T>(
  live: LiveTopology,
  run: Run,
  work: (emit: (event: RunEvent) => void) => Promise<T>,
): Promise<T> => whenMoved(run, async (master) => tellMoved(live, master, run), work);

/** The same where nobody is connected before: `tell` gets the last node that was promoted. */
export async function whenMoved<T>(
  { emit }: Pick<Run, 'emit'>,
  tell: (master: string) => Promise<void>,
  work: (emit: (event: RunEvent) => void) => Promise<T>,
): Promise<T> {
  let master: string | null = null;
  try {
    return await work((event) => {
      if (event.type === 'promoted') master = event.node;
      emit(event);
    });
  } finally {
    if (master !== null) await tell(master);
  }
}

/** Of a master that is one only now. */
export function tellMoved(
  { runtime, access, nodes }: LiveTopology,
  master: string,
  { emit }: Pick<Run, 'emit'>,
): void {
  const port = nodes.find(({ name }) => name === master)?.port;
  if (port == null) return;
  emit({ type: 'moved', master, url: urlOf(runtime.publishedHost, port, access, false) });
}
