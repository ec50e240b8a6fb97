import type { Context } from '../../context.js';
import { plural } from '../../format.js';
import { type Pruned, prune } from '../../operations/prune.js';
import { confirm } from '../../ui/confirm.js';
import { withProgress } from '../events.js';
import type { EngineOptions, OptionsOf } from '../flags.js';
import { printJson } from '../session.js';

export type PruneOptions = EngineOptions & OptionsOf<'older-than' | 'yes' | 'json'>;

export async function pruneCommand(context: Context, options: PruneOptions): Promise<number> {
  const olderThanMs = options.olderThan ?? null;
  const engine = context.engine(options.host);
  if (!options.yes) {
    const found = await prune(engine, { olderThanMs, dryRun: true }, context);
    if (options.json) return printPruned(context, found);
    if (found.length === 0) return nothingFound(context, olderThanMs);
    for (const it of found) {
      context.stdout.write(`${it.topology}: ${it.why}; would remove ${contents(it)}\n`);
    }
    const question = `remove ${plural(found.length, 'topology', 'topologies')} with the data?`;
    if (!(await confirm(context, question))) {
      context.stderr.write('nothing was removed; `--yes` removes without asking\n');
      return 0;
    }
  }
  const pruned = await withProgress(context, 'removing what is left over', (within) =>
    prune(engine, { olderThanMs }, within),
  );
  const failed = pruned.find(({ outcome }) => outcome === 'failed');
  if (options.json) printPruned(context, pruned);
  else if (pruned.length === 0) return nothingFound(context, olderThanMs);
  else for (const it of pruned) context.stdout.write(`${it.topology}: ${it.why}; ${done(it)}\n`);
  if (failed !== undefined) throw failed.error;
  return 0;
}

function printPruned(context: Context, pruned: readonly Pruned[]): number {
  const topologies = pruned.map(({ error, ...it }) => ({
    ...it,
    error: error instanceof Error ? error.message : null,
  }));
  printJson(context, { topologies });
  return 0;
}

function nothingFound({ stderr }: Context, olderThanMs: number | null): number {
  const nothing = olderThanMs === null ? 'no topology has expired' : 'no topology is that old';
  stderr.write(`${nothing}; \`rrepl ls\` shows what is there\n`);
  return 0;
}

function done(pruned: Pruned): string {
  if (pruned.outcome === 'removed') return `removed ${contents(pruned)}`;
  return pruned.outcome === 'failed' ? 'not removed' : 'in use again; not removed';
}

const contents = ({ contents: { containers, networks, volumes, folder } }: Pruned): string =>
  [
    plural(containers, 'container'),
    plural(networks, 'network'),
    plural(volumes, 'volume'),
    ...(folder === null ? [] : [`not the files in ${folder}`]),
  ].join(', ');
