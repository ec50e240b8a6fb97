import type { Context } from '../../context.js';
import { duration } from '../../format.js';
import { severalMasters } from '../../live/masters.js';
import { ls } from '../../operations/ls.js';
import { oneMasterAgain } from '../../ui/headline.js';
import { table } from '../../ui/table.js';
import type { EngineOptions, OptionsOf } from '../flags.js';
import { printJson } from '../session.js';

export type LsOptions = EngineOptions & OptionsOf<'json'>;

export async function lsCommand(context: Context, options: LsOptions): Promise<number> {
  const { signal } = context;
  const topologies = await ls(context.engine(options.host), {}, { signal });
  if (options.json) {
    printJson(context, { topologies });
    return 0;
  }
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
  const rows = topologies.map(({ name, nodes, running, volumes, expiresAt }) => [
    name,
    ...[nodes, running, volumes].map(String),
    expiryText(expiresAt),
  ]);
  if (rows.length === 0) context.stderr.write('no topologies; `rrepl up` makes one\n');
  else context.stdout.write(table(['NAME', 'NODES', 'RUNNING', 'VOLUMES', 'EXPIRES'], rows));
  return 0;
}

function expiryText(expiresAt: string | null): string {
  if (expiresAt === null) return 'never';
  const ms = Date.parse(expiresAt) - Date.now();
  return ms > 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`;
}
