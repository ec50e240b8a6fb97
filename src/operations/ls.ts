/** The topologies of an engine. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expiryOf } from '../docker/expiry.js';
import { containersOf, type EngineTopology, listTopologies } from '../docker/topologies.js';
import type { LiveTopology } from '../live/live-topology.js';
import { askNode } from '../redis/ask.js';
import type { Engine, OperationOptions } from './operation.js';
import { type Run, startRun } from './run.js';
import { withTopology } from './topology.js';

export interface ListedTopology {
  readonly name: string;
  /** The nodes that say they are masters. */
  readonly masters: readonly string[];
  /** Sentinels are counted too. */
  readonly nodes: number;
  readonly running: number;
  /** Containers of no node, left by a command that was killed. */
  readonly strays: readonly string[];
  readonly volumes: number;
  /** ISO 8601; null for never. */
  readonly expiresAt: string | null;
}

const TIMEOUT_MS = 60_000;
/** A list must not wait for servers that hang: those that take longer are left out. */
const ANSWER_MS = 1000;

/** @param _input nothing: every topology of the engine is listed */
export async function ls(
  engine: Engine,
  _input: Readonly<Record<string, never>> = {},
  options: OperationOptions = {},
): Promise<ListedTopology[]> {
  const run = startRun(options, TIMEOUT_MS);
  const found = await listTopologies(await engine.connectRuntime(run.signal));
  return Promise.all(
    found.map(async (topology) => {
      const expires = expiryOf(topology);
      return {
        name: topology.name,
        masters: await askMasters(engine, topology, run),
        nodes: topology.nodes.length + topology.sentinels.length,
        running: containersOf(topology).filter(({ state }) => state === 'running').length,
        strays: topology.strays.map(({ name }) => name),
        volumes: topology.volumes.length,
        expiresAt: expires === null ? null : new Date(expires).toISOString(),
      };
    }),
  );
}

/** The masters among the servers that run and answer soon. */
async function askMasters(
  engine: Engine,
  { name, nodes }: EngineTopology,
  run: Run,
): Promise<string[]> {
  const running = nodes.filter(({ container }) => container?.state === 'running');
  if (running.length === 0) return [];
  const ask = (live: LiveTopology) =>
    Promise.all(
      live.nodes
        .filter((node) => running.some((it) => it.name === node.name))
        .map(async (node) => {
          const facts = askNode(node.redis).catch(() => null);
          const answer = await Promise.race([facts, sleep(ANSWER_MS, null, { ref: false })]);
          return answer?.replication.role === 'master' ? [node.name] : [];
        }),
    );
  // What can't be read of one topology hides no other.
  const masters = await withTopology(engine, name, run, ask).catch(() => []);
  return masters.flat();
}
