/** Filling the disk of a node whose `dataBytes` are few, and what can be seen of it. */
import { askNode } from '../../redis/ask.js';
import { waitUntil } from '../../redis/wait.js';
import type { Step } from '../drill.js';
import { freeDisk } from '../full-disk.js';
import { readLog, untilInStep } from './in-step.js';
import { fault } from './nodes.js';
import type { Look } from './will-be.js';

const SYNCS_MS = 60_000;

/** Until nothing more goes on it. */
export const fill = (name: string): Step => fault('full-disk', name);

export const free = (name: string): Step => ({
  kind: 'repair',
  says: `free the disk of ${name}`,
  nodes: [name],
  run: (stage) => freeDisk(stage.live, stage.node(name)),
});

/** How the last BGSAVE ended. */
export const lastSave: Look = async (_stage, { redis }) =>
  (await askNode(redis)).persistence.rdbLastSaveOk ? 'ok' : 'err';

export const linkStatus: Look = async (_stage, { redis }) =>
  (await askNode(redis)).replication.link?.up ? 'up' : 'down';

/** The same, when the replica is in step. */
export const linkComing =
  (upstream: string): Look =>
  async (stage, replica) => {
    await untilInStep(stage, upstream, replica.name);
    return linkStatus(stage, replica);
  };

const HANDSHAKE_MS = 30_000;

/** How the handshake of a replica that was cut off ends: `MISCONF` or `a link`. */
export const handshake: Look = async (stage, { name }) => {
  const replica = stage.node(name);
  const look = async () => {
    if ((await linkStatus(stage, replica)) === 'up') return 'a link';
    const lines = await readLog(stage, replica, 'all');
    return lines.some((line) => line.includes('MISCONF')) ? 'MISCONF' : undefined;
  };
  const describe = () => `the handshake of ${replica.name} to end`;
  return waitUntil(look, { ...stage.within(HANDSHAKE_MS), everyMs: 50, describe });
};

/** A full resync that fails is begun again at once: so many of them, and no link, are a loop. */
const LOOP = 2;

/**
 * Whether a replica that was in sync before, after one full resync, needs one more or one
 * after the other. `upstream` must have started with the act and have no other replica.
 */
export const fullResyncs =
  (upstream: string): Look =>
  async (stage, replica) => {
    let full = 0;
    const look = async () => {
      const below = await askNode(replica.redis);
      if (below.replication.link?.up) return 'once';
      full = (await askNode(stage.node(upstream).redis)).syncs.full;
      return full > LOOP ? 'again and again' : undefined;
    };
    const describe = () => `full resyncs of ${replica.name} (sync_full ${full})`;
    return waitUntil(look, { ...stage.within(SYNCS_MS), everyMs: 20, describe });
  };
