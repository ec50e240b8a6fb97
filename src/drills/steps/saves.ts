/** How many copies a master makes for replicas that arrive, said beforehand and counted afterwards. */
import { plural } from '../../format.js';
import { linesAfter } from '../../live/resyncs.js';
import { askNode } from '../../redis/ask.js';
import { waitUntil } from '../../redis/wait.js';
import type { Step } from '../drill.js';
import { type Stage, slot } from '../stage.js';
import { checkForetold, checkRule, type Foretold, foresee } from './foretold.js';
import { MASTER, readLog } from './in-step.js';

interface Before {
  readonly foretold: Foretold;
  /** Null before 6.2, which doesn't count them. */
  readonly forks: number | null;
  readonly mark: string | undefined;
}

const SAVES = slot<Before>('a prediction of saves');

const STARTING = /Starting BGSAVE for SYNC/;
const CONNECT_MS = 15_000;

/**
 * One copy serves every replica that waits when it begins, and every replica that arrives
 * while one on disk is being written for another (`syncCommand`, src/replication.c).
 */
export const predictSaves = (replicas: number, claimed: number, why: string): Step => ({
  kind: 'predict',
  says: `how many copies will ${plural(replicas, 'replica')} cost?`,
  run: async (stage) => {
    const master = stage.node(MASTER);
    const { persistence } = await askNode(master.redis);
    const { forks } = persistence;
    const foretold = foresee(stage, MASTER, savesText(1, forks === null ? null : 1), why);
    checkRule(stage, foretold, savesText(claimed, forks === null ? null : claimed));
    const mark = (await readLog(stage, master, 1)).at(-1);
    stage.keep(SAVES, { foretold, forks, mark });
  },
});

/** By the log, and by the server's count of forks where it keeps one. */
export const confirmSaves: Step = {
  kind: 'check',
  says: 'how many copies were made?',
  run: async (stage) => {
    const { foretold, forks, mark } = stage.recall(SAVES);
    const master = stage.node(MASTER);
    const log = linesAfter(await readLog(stage, master, 'all'), mark);
    const { persistence } = await askNode(master.redis);
    const rise = forks === null ? null : (persistence.forks ?? 0) - forks;
    const seen = savesText(log.filter((line) => STARTING.test(line)).length, rise);
    checkForetold(stage, foretold, { claim: 'one copy serves them all', seen });
  },
};

const savesText = (saves: number, forks: number | null): string =>
  `${plural(saves, 'BGSAVE')} for SYNC${forks === null ? '' : `, ${plural(forks, 'fork')}`}`;

/**
 * Waits until the replicas have connected to a master that does not answer yet. With TLS
 * their link is `connecting` until it has: the kernel has taken the connection all the same.
 */
export const untilConnected = (names: readonly string[]): Step => ({
  kind: 'repair',
  says: `until ${names.join(', ')} have connected`,
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
