/** Directives that Redis takes while it runs: set, and written into redis.conf to last. Pure. */
import { inSafeOrder } from '../config/memory.js';
import { containerName } from '../docker/names.js';
import { authorityReady, holderOf } from './authority.js';
import type { Draft } from './draft.js';
import { fileUser, isDown, type NodeWork, nodeText, readText } from './node-work.js';

/** The first server shows whether Redis takes them; then the others get them, the master with them. */
export function planSettings(draft: Draft, works: readonly NodeWork[]): void {
  const settable = works.filter((work) => work.change.way === 'set' && !isDown(work));
  const first = settable.at(-1);
  for (const work of first ? [first, ...settable.slice(0, -1)] : []) {
    const { topology, node, port, change } = work;
    const { cause } = change;
    const base = { resource: containerName(topology.name, node.name), cause, node: node.name };
    draft.push({
      ...base,
      id: `set ${node.name}`,
      after: [`ready ${node.name}`, ...draft.planned(`set ${first?.node.name}`)],
      kind: 'setConfig',
      port,
      settings: inSafeOrder(change.settings).map(({ name, to }) => ({ name, value: to ?? '' })),
    });
    draft.push({
      ...base,
      id: `configure ${node.name}`,
      after: [
        `set ${node.name}`,
        ...draft.planned(`follow ${node.name}`, `durable ${node.name}`),
        ...authorityReady(draft, topology),
      ],
      kind: 'writeConfig',
      holder: holderOf(topology, work.observed),
      text: nodeText(work),
      over: readText(draft, work),
      access: work.observed.access.wanted,
      user: fileUser(work),
    });
  }
}
