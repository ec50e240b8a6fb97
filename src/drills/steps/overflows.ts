/** How often the master made a copy and closed a link, since something was predicted of it. */
import { plural } from '../../format.js';
import { linesAfter } from '../../live/resyncs.js';
import { OVERFLOWED } from '../../live/sync-words.js';
import { askNode } from '../../redis/ask.js';
import { waitUntil } from '../../redis/wait.js';
import { type Stage, slot } from '../stage.js';
import type { Foretold } from './foretold.js';
import { MASTER, readLog } from './in-step.js';

/** What has happened on the master since the mark in its log. */
export interface Tally {
  readonly full: number;
  /** Links closed because of the limit. */
  readonly closed: number;
  readonly offset: number;
}

export interface Outlook {
  readonly foretold: Foretold;
  readonly mark: string | undefined;
  readonly before: Tally;
}

export const OVERFLOW = slot<Outlook>('a prediction of the buffer');

const WAIT_MS = 30_000;

export async function keepOutlook(stage: Stage, foretold: Foretold): Promise<void> {
  const mark = (await readLog(stage, stage.node(MASTER), 1)).at(-1);
  stage.keep(OVERFLOW, { foretold, mark, before: await tally(stage, mark) });
}

export async function tally(stage: Stage, mark: string | undefined): Promise<Tally> {
  const master = stage.node(MASTER);
  const log = linesAfter(await readLog(stage, master, 'all'), mark);
  const { syncs, replication } = await askNode(master.redis);
  const closed = log.filter((line) => OVERFLOWED.test(line)).length;
  return { full: syncs.full, closed, offset: replication.offset };
}

export async function untilTally(
  stage: Stage,
  { mark, before }: Outlook,
  wanted: (found: Tally) => boolean,
): Promise<Tally> {
  let seen = 'nothing yet';
  const look = async () => {
    const found = await tally(stage, mark);
    seen = tallyText(found.full - before.full, found.closed);
    return wanted(found) ? found : undefined;
  };
  const describe = () => `what is predicted (seen: ${seen})`;
  return waitUntil(look, { ...stage.within(WAIT_MS), everyMs: 50, describe });
}

export const tallyText = (full: number, closed: number): string =>
  `${plural(full, 'full resync')}, ${plural(closed, 'link')} closed`;
