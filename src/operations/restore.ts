/** Taking a decision back: what was set aside on a node becomes the topology's data again. */
import {
  ConfirmationError,
  DeadlineError,
  InvalidError,
  type Note,
  UsageError,
} from '../errors.js';
import { causeOf, execute } from '../execute/execute.js';
import { discardSetAside, helperLabels } from '../failover/set-aside.js';
import { findNode } from '../live/find-node.js';
import { type KeptAside, readKeptAside } from '../live/kept-aside.js';
import { containerOf, type LiveNode, type LiveTopology } from '../live/live-topology.js';
import { readStatus, type StatusWish, type TopologyStatus } from '../live/status.js';
import { observe } from '../observe/nodes.js';
import { restore as planRestore } from '../plan/restore.js';
import { canRead, parseVersion, rdbFormat, type Software } from '../redis/rdb-format.js';
import type { Engine, OperationOptions, Target } from './operation.js';
import { endInTime, type Run, startRun } from './run.js';
import { refuseSentinels } from './sentinels.js';
import { changeTopology, withTopology } from './topology.js';

export interface RestoreInput extends Target, StatusWish {
  /** A node's name, `master` or `replica`. */
  readonly node: string;
  /** Whoever calls agrees to what it costs. */
  readonly yes?: boolean | undefined;
}

/** Whose data were put back or removed, and the topology after it. */
export interface RestoreResult {
  readonly node: string;
  /** When the data were set aside, as ISO 8601. */
  readonly at: string;
  readonly status: TopologyStatus;
}

/** What is set aside on one node. */
export type NodeSetAside = { readonly node: string } & KeptAside;

const TIMEOUT_MS = 60_000;

/** What is set aside in a topology, one entry a node. */
export const setAsides = (
  engine: Engine,
  { topology }: Target,
  options: OperationOptions = {},
): Promise<readonly NodeSetAside[]> =>
  withTopology(engine, topology, startRun(options, TIMEOUT_MS), async (live) => {
    const found = await Promise.all(
      live.nodes.map(async (node) => {
        const kept = await readKeptAside(live, node);
        return kept === null ? [] : [{ node: node.name, ...kept }];
      }),
    );
    return found.flat();
  });

/**
 * Stops the topology, makes the node its master with the data that are set aside on it, and copies
 * them to all others; what there was is set aside in turn. 60 s unless `timeoutMs` says otherwise.
 * Rejects with `ConfirmationError` without `yes`, with `UsageError` if nothing is set aside, with
 * `InvalidError` if the node's server can't read it.
 */
export const restore = (
  engine: Engine,
  input: RestoreInput,
  options: OperationOptions = {},
): Promise<RestoreResult> =>
  onKept(engine, input, options, async (live, node, kept) => {
    refuseSentinels(live, 'restoring');
    await refuseUnreadable(live, node, kept);
    if (!input.yes) {
      throw new ConfirmationError(
        `${live.name} would be stopped, ${node.name} would be its master with the data of ${kept.at}, and all others would copy them; what is there now is set aside`,
        'do it?',
      );
    }
    await endInTime(startRun(options, TIMEOUT_MS), 'it is not done', (run) =>
      putBack(engine, live, node, kept, run),
    );
  });

/** Removes what is set aside on a node. Rejects as `restore` does. */
export const discard = (
  engine: Engine,
  input: RestoreInput,
  options: OperationOptions = {},
): Promise<RestoreResult> =>
  onKept(engine, input, options, async (live, node, kept) => {
    if (!input.yes) {
      throw new ConfirmationError(
        `the data of ${kept.at} that are set aside on ${node.name} would be lost`,
        'remove them?',
      );
    }
    const place = { topology: live.name, node: node.name, container: containerOf(node) };
    await discardSetAside(live.runtime, place);
  });

function onKept(
  engine: Engine,
  { topology, node: wanted, yes: _, ...wish }: RestoreInput,
  options: OperationOptions,
  work: (live: LiveTopology, node: LiveNode, kept: KeptAside) => Promise<void>,
): Promise<RestoreResult> {
  const waiting = startRun(options, TIMEOUT_MS);
  const { signal } = waiting;
  return changeTopology(engine, topology, waiting, async (live) => {
    const { name } = findNode(await readStatus(live), wanted);
    const node = live.nodes.find((it) => it.name === name) as LiveNode;
    const kept = await readKeptAside(live, node);
    if (kept === null) {
      throw new UsageError(`nothing is set aside on ${name}`, {
        about: { code: 'nothing-set-aside', topology, node: name },
      });
    }
    await work(live, node, kept);
    // Containers that were started have other addresses.
    const status = await withTopology(engine, topology, { signal }, (it) => readStatus(it, wish));
    return { node: name, at: kept.at, status };
  });
}

async function putBack(
  engine: Engine,
  live: LiveTopology,
  { name: node }: LiveNode,
  kept: KeptAside,
  run: Run,
): Promise<void> {
  const { name: topology, connect } = live;
  let swapped = false;
  const runtime = await engine.connectRuntime(run.signal);
  const emit: Run['emit'] = (event) => {
    swapped ||= event.type === 'done' && event.step.kind === 'swapSetAside';
    run.emit(event);
  };
  try {
    const observed = await observe(runtime, connect, live);
    const plan = planRestore(observed, { node, ...kept });
    await execute(plan, { ...run, runtime, connect, creation: null, emit });
  } catch (error) {
    if (swapped) run.emit({ type: 'note', ...alreadySwapped(topology, node) });
    const cause = causeOf(error);
    if (!(cause instanceof DeadlineError)) throw cause;
    throw new DeadlineError(`${node} could not be restored: ${cause.message}`, {
      about: { code: 'deadline', topology, operation: 'restore' },
      cause,
    });
  }
}

const alreadySwapped = (topology: string, node: string): Note => ({
  text: `the data of ${node} are put back already, and what it had is set aside`,
  about: { code: 'put-back', topology, node },
});

/** A server reads what an older one wrote, not what a newer one did. */
async function refuseUnreadable(
  { runtime, name: topology }: LiveTopology,
  node: LiveNode,
  { server: writer, path }: KeptAside,
): Promise<void> {
  if (writer === null) return;
  const command = ['sh', '-c', 'valkey-server --version || redis-server --version'];
  const { lines } = await runtime.runBeside(containerOf(node), command, helperLabels(topology));
  const reader = parseVersion(lines.join('\n'));
  if (reader === null || canRead(reader, writer)) return;
  throw new InvalidError(
    `${node.name} runs ${named(reader)}, which reads RDB files up to format ${rdbFormat(reader)}, and ${named(writer)} has written the data in ${path} in format ${rdbFormat(writer)}`,
    { about: { code: 'newer-data', topology, node: node.name } },
  );
}

const named = ({ product, version }: Software): string => `${product} ${version}`;
