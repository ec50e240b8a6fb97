/** When what came after a failure, in a row of a table that compares failures. */
import { rangeText } from '../../election/times.js';
import { count, duration } from '../../format.js';
import type { Step } from '../drill.js';
import type { Claim } from '../stage.js';
import { writeTimes } from '../write-times.js';
import type { Failover, Foretold } from './election.js';
import type { BackgroundLoad } from './writes.js';

export interface Failed {
  readonly failover: Failover;
  readonly promotes: Claim<Foretold>;
  /** It has stopped, and its writes were looked for. */
  readonly load: BackgroundLoad;
}

/** `downtime`: the longest time between two acknowledgements; `lost`: acknowledged and not on the new master. */
export const failoverRow = (failure: string, { failover, promotes, load }: Failed): Step => ({
  kind: 'show',
  says: 'when did what come?',
  run: async (stage) => {
    const { times } = stage.foreseenOf(promotes).election;
    const { sdownMs, odownMs, promotedMs, named } = failover.watch.seen;
    const { acknowledged, lost } = load.counts();
    stage.rows.push({
      failure,
      s_down: text(sdownMs),
      o_down: text(odownMs),
      foretold: times === null ? '-' : rangeText(times.firstWrite),
      promoted: text(promotedMs),
      named: [...named.values()].map(text).join(', '),
      downtime: text(writeTimes(load.ledger).downtimeMs),
      lost: `${count(lost)} of ${count(acknowledged)}`,
    });
  },
});

const text = (ms: number | null): string => (ms === null ? '-' : duration(ms));
