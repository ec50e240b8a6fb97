import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.js';
import { expiryOf } from '../docker/expiry.js';
import { containersOf, type ObservedTopology, observeAll } from '../docker/observe.js';
import { duration } from '../format.js';
import type { LiveTopology } from '../live/live-topology.js';
import { oneMasterAgain, severalMasters } from '../live/masters.js';
import { askNode } from '../redis/ask.js';
import { table } from '../ui/table.js';
import { printJson, withTopology } from './session.js';

export interface LsOptions {
  readonly host?: string;
  readonly json?: boolean;
}

export async function lsCommand(context: Context, options: LsOptions): Promise<number> {
  const runtime = await context.connectRuntime(options.host, context.signal);
  const found = await observeAll(runtime);
  const masters = await Promise.all(
    found.map((topology) => askMasters(context, topology, options)),
  );
  const topologies = found.map((topology, at) => {
    const { name, nodes, strays, volumes } = topology;
    const expires = expiryOf(topology);
    return {
      name,
      masters: masters[at] ?? [],
      nodes: nodes.length,
      running: containersOf(topology).filter(({ state }) => state === 'running').length,
      strays: strays.map((container) => container.name),
      volumes: volumes.length,
      expiresAt: expires === null ? null : new Date(expires).toISOString(),
    };
  });
  if (options.json) {
    printJson(context, { topologies });
    return 0;
  }
  const rows = topologies.map(({ name, nodes, running, volumes, expiresAt }) => [
    name,
    ...[nodes, running, volumes].map(String),
    expiryText(expiresAt),
  ]);
  for (const { name, masters } of topologies) {
    const several = severalMasters(masters);
    if (several !== null) context.stderr.write(`${name}: ${several}; ${oneMasterAgain(name)}\n`);
  }
  for (const { name, strays } of topologies) {
    if (strays.length === 0) continue;
    const text = `${name}: ${strays.join(', ')} is no node's, left by a command that was killed`;
    context.stderr.write(
      `${text}; \`rrepl down --name ${name}\` removes it, as the next \`rrepl up\` does\n`,
    );
  }
  if (rows.length === 0) context.stderr.write('no topologies; `rrepl up` makes one\n');
  else context.stdout.write(table(['NAME', 'NODES', 'RUNNING', 'VOLUMES', 'EXPIRES'], rows));
  return 0;
}

/** A list must not wait for servers that hang: those that take longer are left out. */
const ANSWER_MS = 1000;

/** The masters among the servers that run and answer soon. */
async function askMasters(
  context: Context,
  { name, nodes }: ObservedTopology,
  { host }: LsOptions,
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
  const masters = await withTopology(context, { name, host }, ask).catch(() => []);
  return masters.flat();
}

function expiryText(expiresAt: string | null): string {
  if (expiresAt === null) return 'never';
  const ms = Date.parse(expiresAt) - Date.now();
  return ms > 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`;
}
