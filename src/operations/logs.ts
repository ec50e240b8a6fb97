/** What the servers of a topology have logged. */
import { findNode, findSentinel } from '../live/find-node.js';
import type { LiveTopology } from '../live/live-topology.js';
import { readStatus } from '../live/status.js';
import type { Engine, OperationOptions, Target } from './operation.js';
import { startRun } from './run.js';
import { withTopology } from './topology.js';

export interface LogsInput extends Target {
  /** A node, `master` or `replica`; every node if absent. */
  readonly node?: string | undefined;
  /** Only so many of the last lines of each. */
  readonly tail?: number | undefined;
  /** Go on until the signal aborts, or until every server has ended. */
  readonly follow?: boolean | undefined;
  /** @param nodes all whose lines are told */
  readonly onLine: (line: string, node: string, nodes: readonly string[]) => void;
}

const TIMEOUT_MS = 60_000;

/** Tells line by line, oldest first for each node. */
export function logs(
  engine: Engine,
  { topology, node, tail, follow = false, onLine }: LogsInput,
  options: OperationOptions = {},
): Promise<void> {
  const run = startRun(options, TIMEOUT_MS);
  return withTopology(engine, topology, run, async (live) => {
    const chosen = await containersOf(live, node);
    const names = chosen.map(({ name }) => name);
    const lines = tail ?? 'all';
    const { runtime } = live;
    await Promise.all(
      chosen.map(async ({ name, container }) => {
        const tell = (line: string) => onLine(line, name, names);
        if (follow) {
          await runtime.followLog(container, { tail: lines, signal: run.signal }, tell);
        } else {
          for (const line of await runtime.logTail(container, lines)) tell(line);
        }
      }),
    );
  });
}

async function containersOf(live: LiveTopology, wanted: string | undefined) {
  const all = [...live.nodes, ...live.sentinels].flatMap(({ name, container }) =>
    container ? [{ name, container: container.name }] : [],
  );
  if (wanted === undefined) return all;
  const { name } = findSentinel(live, wanted) ?? findNode(await readStatus(live), wanted);
  return all.filter((it) => it.name === name);
}
