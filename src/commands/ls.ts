import type { Context } from '../context.js';
import { observeAll } from '../docker/observe.js';
import { table } from '../ui/table.js';
import { printJson } from './session.js';

export interface LsOptions {
  readonly host?: string;
  readonly json?: boolean;
}

export async function lsCommand(context: Context, options: LsOptions): Promise<number> {
  const runtime = await context.connectRuntime(options.host, context.signal);
  const topologies = (await observeAll(runtime)).map(({ name, nodes, volumes }) => {
    const containers = nodes.flatMap(({ container }) => (container ? [container] : []));
    return {
      name,
      nodes: nodes.length,
      running: containers.filter(({ state }) => state === 'running').length,
      volumes: volumes.length,
    };
  });
  if (options.json) {
    printJson(context, { topologies });
    return 0;
  }
  const rows = topologies.map((it) => [it.name, `${it.nodes}`, `${it.running}`, `${it.volumes}`]);
  if (rows.length === 0) context.stderr.write('no topologies; `rrepl up` makes one\n');
  else context.stdout.write(table(['NAME', 'NODES', 'RUNNING', 'VOLUMES'], rows));
  return 0;
}
