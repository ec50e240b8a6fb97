/** What `heal` does for sentinels: those that are there run again, and all are settled at the end. Pure. */
import { changeText } from '../config/config-change.js';
import { recordIn } from '../config/wish-record.js';
import type { Observed, ObservedSentinel, ObservedTopology } from '../observe/observed.js';
import type { Draft } from './draft.js';
import { sentinelsIn } from './failover.js';
import { planAttachments } from './return.js';
import { driftOf, monitoringOf, remembered } from './sentinel-work.js';
import {
  KNOWS_NONE,
  pushChange,
  pushMonitor,
  pushReady,
  pushSettlement,
  subjectOf,
} from './sentinels.js';

interface Role {
  readonly name: string;
  readonly upstream: string | null;
}

/** @param nodes the servers, as they will be */
export function planSentinelHealing(
  draft: Draft,
  observed: ObservedTopology,
  nodes: readonly Role[],
): void {
  const members = sentinelsIn(observed);
  const there = observed.sentinels.filter(({ container }) => container !== null);
  if (there.length === 0 || members.length < there.length) return;
  for (const sentinel of there) planReturn(draft, observed, sentinel);
  const quorum = there.flatMap(askedOf).find(({ name }) => name === 'quorum')?.args[0];
  if (quorum === undefined) return;
  const servers = serversOf(observed, nodes);
  const after = draft.all();
  for (const sentinel of there.filter((it) => remembered(it).master === null)) {
    const { name: topology, access } = observed;
    const subject = { ...subjectOf(topology, sentinel.name), port: sentinel.port ?? 0 };
    const asked = askedOf(sentinel);
    const monitoring = monitoringOf(topology, servers.master, Number(quorum), asked);
    pushMonitor(draft, subject, { after, cause: KNOWS_NONE, access, monitoring });
  }
  pushSettlement(draft, { topology: observed.name, members, servers, quorum: Number(quorum) });
}

/** Attached, awake, running, and set as it was asked for. */
function planReturn(draft: Draft, observed: Observed, sentinel: ObservedSentinel): void {
  const { name: topology } = observed;
  const { name, state, fixedAddress } = sentinel;
  const base = subjectOf(topology, name);
  planAttachments(draft, observed, { ...sentinel, port: null }, fixedAddress);
  const after = draft.of(name, 'attachNetwork', 'connectNetwork');
  const cause = `it is ${state}`;
  if (state === 'paused') {
    draft.push({ ...base, id: `unpause ${name}`, after, kind: 'unpauseContainer', cause });
  } else if (state !== 'running' && state !== 'restarting') {
    draft.push({ ...base, id: `start ${name}`, after, kind: 'startContainer', cause });
  }
  const subject = { ...base, port: sentinel.port ?? 0 };
  pushReady(draft, subject, draft.of(name));
  const changes = driftOf(sentinel, askedOf(sentinel));
  if (changes.length === 0) return;
  const why = changes.map(changeText).join(', ');
  pushChange(draft, subject, { topology, cause: why, changes, after: draft.of(name) });
}

const askedOf = ({ config }: ObservedSentinel) =>
  config === null ? [] : recordIn(config).directives;

function serversOf({ nodes: seen }: Observed, nodes: readonly Role[]) {
  const addressOf = (node: string) => seen.find(({ name }) => name === node)?.fixedAddress ?? '';
  const master = nodes.find(({ upstream }) => upstream === null)?.name ?? '';
  return {
    master: addressOf(master),
    replicas: nodes.filter(({ name }) => name !== master).map(({ name }) => addressOf(name)),
    names: new Map(nodes.map(({ name }) => [addressOf(name), name] as const)),
  };
}
