/** Clients that read from replicas: what their answers lacked, as a table and as claims. */
import { FailedError } from '../../errors.js';
import { count, duration } from '../../format.js';
import type { Claim } from '../claim.js';
import type { Step } from '../drill.js';
import type { Row } from '../drill-report.js';
import { percentile } from '../percentile.js';
import { type Client, type Reads, readAs, type Sample } from '../reader.js';
import { Acknowledged, backwards } from '../staleness.js';
import { willBe } from './will-be.js';

const isStale = ({ behind }: Sample): boolean => behind > 0;
const valuesOf = (samples: readonly Sample[]) => samples.map(({ value }) => value);

/** Clients of one counter, each with what it read. */
export class Readers {
  readonly #master: string;
  readonly #history = new Acknowledged();
  readonly #reads = new Map<Client, Reads>();

  constructor(master: string) {
    this.#master = master;
  }

  read(client: Client): Step {
    const nodes = [this.#master, ...client.from];
    return {
      kind: 'show',
      says: `${client.name}: ${count(client.rounds)} rounds`,
      nodes,
      run: async ({ live, signal, timeline, rows }) => {
        const [master, ...replicas] = nodes.map((name) => live.connect(name));
        if (master === undefined) return;
        try {
          const reader = { clock: timeline.clock, signal, master, replicas };
          const found = await readAs(client, { ...reader, history: this.#history });
          this.#reads.set(client, found);
          rows.push(rowOf(client, found));
        } finally {
          for (const node of [master, ...replicas]) node.close();
        }
      },
    };
  }

  /** What a client that waits for its write then misses on a node. */
  lacking(client: Client, node: string, is: string, because: string): Claim {
    return willBe({
      node,
      about: `own writes that a read after WAIT ${client.wait} lacks:`,
      is,
      because,
      look: async () => {
        const samples = this.#of(client).samples.filter((sample) => sample.node === node);
        return `${samples.filter(isStale).length} of ${samples.length}`;
      },
    });
  }

  /** What holds for each replica when all of them have confirmed. */
  freshAfterWait(client: Client): Claim[] {
    const because = 'every replica has applied a write that every replica has confirmed';
    return client.from.map((node) => this.lacking(client, node, `0 of ${client.rounds}`, because));
  }

  /** How many of the client's reads, whatever the node, went backwards. */
  backward(client: Client): string {
    const { samples } = this.#of(client);
    return `${backwards(valuesOf(samples))} of ${samples.length}`;
  }

  /** How many of the client's writes WAIT confirmed. */
  confirmed(client: Client): string {
    return `${client.rounds - this.#of(client).unconfirmed} of ${client.rounds}`;
  }

  #of(client: Client): Reads {
    const reads = this.#reads.get(client);
    if (reads === undefined) throw new FailedError(`"${client.name}" has read nothing`);
    return reads;
  }
}

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
