import type { Context } from '../context.js';
import { expiryOf } from '../docker/expiry.js';
import { containersOf, observeAll } from '../docker/observe.js';
import { duration } from '../format.js';
import { table } from '../ui/table.js';
import { printJson } from './session.js';

export interface LsOptions {
  readonly host?: string;
  readonly json?: boolean;
}

export async function lsCommand(context: Context, options: LsOptions): Promise<number> {
  const runtime = await context.connectRuntime(options.host, context.signal);
  const topologies = (await observeAll(runtime)).map((topology) => {
    const { name, nodes, strays, volumes } = topology;
    const expires = expiryOf(topology);
    return {
      name,
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

function expiryText(expiresAt: string | null): string {
  if (expiresAt === null) return 'never';
  const ms = Date.parse(expiresAt) - Date.now();
  return ms > 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`;
}
