/** Directives that Redis takes while it runs: set, and written into redis.conf to last. Pure. */
import { inSafeOrder } from '../config/memory.js';
import { containerName } from '../docker/names.js';
import { authorityReady } from './authority.js';
import type { Draft } from './draft.js';
import { confOf, isDown, type NodeWork, stateOf } from './node-work.js';
import type { Step } from './plan.js';

/** A server that answers shows first whether Redis takes them, before a file is written anywhere. */
export function planTrial(draft: Draft, works: readonly NodeWork[]): void {
  const asked = works.findLast(
    (work) => work.change.way === 'set' && stateOf(work) === 'running' && work.existing?.server,
  );
  if (asked) pushSetting(draft, asked, []);
}

/** Then the others that run get them, the master with them. */
export function planSettings(draft: Draft, works: readonly NodeWork[]): void {
  const settable = works.filter((work) => work.change.way === 'set' && !isDown(work));
  for (const work of settable) {
    const { node } = work;
    if (draft.of(node.name, 'setConfig').length === 0) {
      pushSetting(draft, work, [
        ...draft.of(node.name, 'waitReady'),
        ...draft.ofKind('setConfig').slice(0, 1),
      ]);
    }
    draft.push({
      ...subject(work),
      id: `configure ${node.name}`,
      after: [
        ...draft.of(node.name, 'setConfig', 'waitReady', 'follow', 'makeDurable'),
        ...authorityReady(draft, work.topology),
      ],
      ...confOf(draft, work),
    });
  }
}

const subject = ({ topology, node, change }: NodeWork) => ({
  resource: containerName(topology.name, node.name),
  cause: change.cause,
  node: node.name,
});

function pushSetting(draft: Draft, work: NodeWork, after: readonly Step[]): void {
  draft.push({
    ...subject(work),
    id: `set ${work.node.name}`,
    after,
    kind: 'setConfig',
    port: work.port,
    settings: inSafeOrder(work.change.settings).map(({ name, to }) => ({ name, value: to ?? '' })),
  });
}
