import { settleAccess } from '../../access/access.js';
import { accessLines, maskSecrets, withoutAccess } from '../../access/conf-lines.js';
import { renderNodeConf } from '../../config/render.js';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { quoted } from '../../format.js';
import type { TopologyFlags } from '../../topology/flags.js';
import { loadWish } from '../../topology/load.js';
import { suggestion } from '../../topology/nearest.js';

export interface RenderOptions extends TopologyFlags {
  /** One node's file; every node's if it is absent. */
  readonly node?: string;
}

/** Needs no engine: it prints the wish, not what is there. */
export async function renderCommand(context: Context, options: RenderOptions): Promise<number> {
  const topology = (await loadWish(options, context)).resolve(null);
  const names = topology.nodes.map((node) => node.name);
  const wanted = topology.nodes.filter(
    (node) => options.node === undefined || node.name === options.node,
  );
  if (wanted.length === 0) {
    const wrong = options.node ?? '';
    throw new UsageError(
      `topology ${topology.name} has no node ${quoted(wrong)}${suggestion(wrong, names)}`,
    );
  }
  const access = await settleAccess(topology.security, null);
  const texts = wanted.map((node) => {
    const text = renderNodeConf(topology, node);
    return withoutAccess(text, { kept: null, wanted: access }) + maskSecrets(accessLines(access));
  });
  context.stdout.write(texts.join('\n'));
  return 0;
}
