/**
 * What breaks a topology, under the names that `rrepl run --fault` and the steps of drills have in common:
 * what each does to a node, and what undoes it.
 */
import { cutOff, takeOff } from '../live/cut.js';
import { containerOf, type LiveNode, type LiveTopology } from '../live/live-topology.js';
import { fillDisk } from './full-disk.js';

/** What brings a node back. */
export type Undoing = 'start' | 'unpause' | 'connect' | 'free-disk' | 'heal';

export interface FaultFacts {
  /** What it says of itself; the name of its node follows, if it is done to one. */
  readonly says: string;
  /** Null: it brings itself back. */
  readonly undoneBy: Undoing | null;
  /** Whether it names the node that it is done to. */
  readonly namesNode: boolean;
  /** The roles that `--chaos` does it to. */
  readonly atRandom: readonly ('master' | 'replica')[];
}

type Act = (live: LiveTopology, node: LiveNode) => Promise<unknown>;

/** The server exits instead of answering. */
const shutdown =
  (how: 'SAVE' | 'NOSAVE'): Act =>
  (_live, { redis }) =>
    redis.call('SHUTDOWN', how).catch(() => {});

const onNode = (
  says: string,
  undoneBy: Undoing,
  does: Act,
  atRandom: FaultFacts['atRandom'] = ['replica'],
) => ({ says, undoneBy, does, atRandom, namesNode: true });

/** Those that are done to one node, each by one act. */
export const NODE_FAULTS = {
  kill: onNode('SIGKILL', 'start', ({ runtime }, node) =>
    runtime.killContainer(containerOf(node), 'SIGKILL'),
  ),
  stop: onNode('stop', 'start', ({ runtime }, node) => runtime.stopContainer(containerOf(node))),
  'shutdown-save': onNode('SHUTDOWN SAVE on', 'start', shutdown('SAVE')),
  'shutdown-nosave': onNode('SHUTDOWN NOSAVE on', 'start', shutdown('NOSAVE')),
  pause: onNode(
    'pause',
    'unpause',
    ({ runtime }, node) => runtime.pauseContainer(containerOf(node)),
    ['master', 'replica'],
  ),
  disconnect: onNode('cut off the replication network:', 'connect', cutOff),
  isolate: onNode('take off the replication network, unnoticed:', 'connect', takeOff),
  'replicaof-no-one': onNode('REPLICAOF NO ONE on', 'heal', (_live, { redis }) =>
    redis.call('REPLICAOF', 'NO', 'ONE'),
  ),
  'full-disk': onNode('fill the disk of', 'free-disk', fillDisk, []),
} as const satisfies Record<string, FaultFacts & { readonly does: Act }>;

export type NodeFault = keyof typeof NODE_FAULTS;

/** Those that are a change of the whole topology, or bring their node back themselves. */
const COMPOSED = {
  'kill-master': {
    says: 'SIGKILL the master',
    undoneBy: null,
    namesNode: false,
    atRandom: ['master'],
  },
  switchover: { says: 'switchover', undoneBy: null, namesNode: false, atRandom: ['master'] },
  restart: { says: 'restart', undoneBy: null, namesNode: true, atRandom: ['replica'] },
} as const satisfies Record<string, FaultFacts>;

export type FaultName = NodeFault | keyof typeof COMPOSED;

export const FAULTS: Readonly<Record<FaultName, FaultFacts>> = { ...COMPOSED, ...NODE_FAULTS };
