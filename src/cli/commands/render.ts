import { type Access, settleAccess } from '../../access/access.js';
import {
  accessLines,
  maskSecrets,
  sentinelAccessLines,
  withoutAccess,
} from '../../access/conf-lines.js';
import { renderNodeConf } from '../../config/render.js';
import { renderSentinelConf } from '../../config/sentinel-conf.js';
import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { quoted } from '../../format.js';
import type { TopologyFlags } from '../../topology/flags.js';
import { loadWish } from '../../topology/load.js';
import { suggestion } from '../../topology/nearest.js';
import { REDIS_PORT, type Topology } from '../../topology/topology.js';

export interface RenderOptions extends TopologyFlags {
  /** One node's file; every node's if it is absent. */
  readonly node?: string;
}

/** Needs no engine: it prints the wish, not what is there. */
export async function renderCommand(context: Context, options: RenderOptions): Promise<number> {
  const topology = (await loadWish(options, context)).resolve(null);
  const access = await settleAccess(topology.security, null);
  const texts = [...serverTexts(topology, access), ...sentinelTexts(topology, access)];
  const names = texts.map(({ name }) => name);
  const wanted = texts.filter(({ name }) => options.node === undefined || name === options.node);
  if (wanted.length === 0) {
    const wrong = options.node ?? '';
    throw new UsageError(
      `topology ${topology.name} has no node ${quoted(wrong)}${suggestion(wrong, names)}`,
    );
  }
  context.stdout.write(wanted.map(({ text }) => text).join('\n'));
  return 0;
}

const serverTexts = (topology: Topology, access: Access | null) =>
  topology.nodes.map((node) => {
    const text = withoutAccess(renderNodeConf(topology, node), { kept: null, wanted: access });
    return { name: node.name, text: text + maskSecrets(accessLines(access)) };
  });

function sentinelTexts({ name: topology, nodes, sentinels }: Topology, access: Access | null) {
  const host = nodes.find(({ upstream }) => upstream === null)?.name ?? '';
  const monitored = { name: topology, host, port: REDIS_PORT };
  return (sentinels?.nodes ?? []).map((node) => {
    const text = renderSentinelConf(sentinels?.template ?? '', topology, node, monitored);
    return { name: node.name, text: text + maskSecrets(sentinelAccessLines(access)) };
  });
}
