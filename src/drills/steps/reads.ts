/** Clients that read from replicas: what their answers lacked, as a table and as outcomes. */
import { count, duration } from '../../format.js';
import type { Step } from '../drill.js';
import type { Row } from '../drill-report.js';
import { percentile } from '../percentile.js';
import { type Client, type Reads, readAs, type Sample } from '../reader.js';
import { type Slot, slot } from '../stage.js';
import { Acknowledged, backwards } from '../staleness.js';
import type { Outcome } from './outcomes.js';

const HISTORY = slot<Acknowledged>('the counter');
const readsOf = ({ name }: Client): Slot<Reads> => slot(`the reads of ${name}`);

export const reads = (client: Client, master = 'redis-1'): Step => ({
  kind: 'show',
  says: `${client.name}: ${count(client.rounds)} rounds`,
  run: async (stage) => {
    const history = stage.has(HISTORY) ? stage.recall(HISTORY) : new Acknowledged();
    stage.keep(HISTORY, history);
    const { live, signal, timeline } = stage;
    const [above, ...replicas] = [master, ...client.from].map((name) => live.connect(name));
    if (above === undefined) return;
    try {
      const reader = { history, clock: timeline.clock, signal, master: above, replicas };
      const found = await readAs(client, reader);
      stage.keep(readsOf(client), found);
      stage.rows.push(rowOf(client, found));
    } finally {
      for (const node of [above, ...replicas]) node.close();
    }
  },
});

function rowOf(client: Client, { samples, unconfirmed }: Reads): Row {
  const ages = samples.map(({ ageMs }) => ageMs);
  const age = (percent: number) => {
    const found = percentile(ages, percent);
    return found === null ? '-' : duration(found);
  };
  return {
    client: client.name,
    reads: count(samples.length),
    stale: count(samples.filter(isStale).length),
    'age p50': age(50),
    'age p99': age(99),
    'age max': age(100),
    backwards: count(backwards(valuesOf(samples))),
    unconfirmed: client.wait === undefined ? '-' : count(unconfirmed),
  };
}

const isStale = ({ behind }: Sample): boolean => behind > 0;
const valuesOf = (samples: readonly Sample[]) => samples.map(({ value }) => value);

/** How many of the client's reads of a node lacked something, when `reads` is done. */
const staleReads =
  (client: Client): Outcome['look'] =>
  async (stage, { name }) => {
    const samples = stage.recall(readsOf(client)).samples.filter(({ node }) => node === name);
    return `${samples.filter(isStale).length} of ${samples.length}`;
  };

/** What a client that waits for its write then misses on a node. */
export const lacking = (
  client: Client,
  node: string,
  expected: string,
  because: string,
): Outcome => ({
  node,
  what: `own writes that a read after WAIT ${client.wait} lacks:`,
  expected,
  because,
  look: staleReads(client),
});

/** What holds for each replica when all of them have confirmed. */
export const freshAfterWait = (client: Client): Outcome[] =>
  client.from.map((node) =>
    lacking(
      client,
      node,
      `0 of ${client.rounds}`,
      'every replica has applied a write that every replica has confirmed',
    ),
  );

/** How many of the client's reads, whatever the node, went backwards. */
export const backwardReads =
  (client: Client): Outcome['look'] =>
  async (stage) => {
    const { samples } = stage.recall(readsOf(client));
    return `${backwards(valuesOf(samples))} of ${samples.length}`;
  };

/** How many of the client's writes WAIT confirmed. */
export const confirmedWrites =
  (client: Client): Outcome['look'] =>
  async (stage) =>
    `${client.rounds - stage.recall(readsOf(client)).unconfirmed} of ${client.rounds}`;
