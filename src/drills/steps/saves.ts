/** How many copies a master makes for replicas that arrive, said beforehand and counted afterwards. */
import { plural } from '../../format.js';
import { askNode } from '../../redis/ask.js';
import { waitUntil } from '../../redis/wait.js';
import type { Claim, Said } from '../claim.js';
import type { Step } from '../drill.js';
import type { Stage } from '../stage.js';
import { logSince, markLog } from './in-step.js';

const STARTING = /Starting BGSAVE for SYNC/;
const CONNECT_MS = 15_000;

interface Before extends Said {
  /** Null before 6.2, which doesn't count them. */
  readonly forks: number | null;
  readonly mark: string | undefined;
}

/**
 * One copy serves every replica that waits when it begins, and every replica that arrives
 * while one on disk is being written for another (`syncCommand`, src/replication.c). Counted by
 * the log, and by the server's count of forks where it keeps one.
 */
export const copiesMade = (master: string, replicas: number, because: string): Claim<Before> => ({
  node: master,
  about: `how many copies ${plural(replicas, 'replica')} cost`,
  foresee: async (stage) => {
    const { forks } = (await askNode(stage.node(master).redis)).persistence;
    const mark = await markLog(stage, master);
    return { is: savesText(1, forks === null ? null : 1), because, forks, mark };
  },
  look: async (stage, { forks, mark }) => {
    const log = await logSince(stage, master, mark);
    const { persistence } = await askNode(stage.node(master).redis);
    const rise = forks === null ? null : (persistence.forks ?? 0) - forks;
    return { is: savesText(log.filter((line) => STARTING.test(line)).length, rise) };
  },
});

const savesText = (saves: number, forks: number | null): string =>
  `${plural(saves, 'BGSAVE')} for SYNC${forks === null ? '' : `, ${plural(forks, 'fork')}`}`;

/**
 * Waits until the replicas have connected to a master that does not answer yet. With TLS
 * their link is `connecting` until it has: the kernel has taken the connection all the same.
 */
export const untilConnected = (names: readonly string[]): Step => ({
  kind: 'repair',
  says: `until ${names.join(', ')} have connected`,
  nodes: names,
  run: async (stage) => {
    await Promise.all(names.map((name) => untilHandshake(stage, name)));
  },
});

async function untilHandshake(stage: Stage, name: string): Promise<void> {
  const connected = stage.live.access?.authority ? 'connecting' : 'handshake';
  let seen = 'nothing yet';
  const look = async () => {
    const role = (await stage.node(name).redis.call('ROLE')) as unknown[];
    seen = String(role[3]);
    return seen === connected ? true : undefined;
  };
  const describe = () => `${name} to have connected (seen: ${seen})`;
  await waitUntil(look, { ...stage.within(CONNECT_MS), everyMs: 10, describe });
}
