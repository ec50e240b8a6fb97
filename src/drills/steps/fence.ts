/**
 * Holders of a lock that write to a resource with a fence. Each draws two tokens when it takes
 * the lock: one by INCR from the Redis that holds the lock, one from the resource's own counter.
 */
import { FailedError } from '../../errors.js';
import { askNode } from '../../redis/ask.js';
import type { Claim } from '../claim.js';
import type { Step } from '../drill.js';
import { FencedResource } from '../holders.js';
import type { Stage } from '../stage.js';
import { placeWords, type Stretch } from '../stretch.js';
import { type Clients, tell } from './clients.js';
import { stretchOf } from './failover.js';

const TOKEN = 'token';

interface Tokens {
  readonly redis: number;
  readonly own: number;
}

/** What A's write meets: by where the tokens come from. */
export type StaleWrite = Readonly<Record<keyof Tokens, 'accepted' | 'refused'>>;

const text = ({ redis, own }: StaleWrite): string =>
  `${redis} with a token of Redis, ${own} with one of the resource`;

export class Fence {
  readonly #clients: Clients;
  readonly #tokens = new Map<string, Tokens>();
  readonly #resources = { redis: new FencedResource(), own: new FencedResource() };
  /** Where the first INCR stands in the stream. */
  #place: Stretch | null = null;
  #seen: StaleWrite | null = null;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  draw(client: string, node: string): Step {
    return {
      kind: 'write',
      says: `${client} draws a token by INCR, and one from the resource`,
      nodes: [node],
      run: async (stage) => {
        let redis = 0;
        const place = await stretchOf(stage, node, async () => {
          redis = Number(await this.#clients.say(stage, { client, node }, 'INCR', TOKEN));
        });
        this.#place ??= place;
        const own = this.#resources.own.issue();
        tell(stage, { client, node: 'resource', command: 'draw a token', reply: String(own) });
        this.#tokens.set(client, { redis, own });
      },
    };
  }

  /** B, the present holder, writes; then A, which slept through all of it and believes to hold the lock. */
  get write(): Step {
    return {
      kind: 'write',
      says: 'B writes to the resource, then A, which noticed nothing',
      run: async (stage) => {
        for (const kind of ['redis', 'own'] as const) this.#writeAs(stage, 'B', kind);
        this.#seen = {
          redis: this.#writeAs(stage, 'A', 'redis'),
          own: this.#writeAs(stage, 'A', 'own'),
        };
      },
    };
  }

  /** Whether what will be promoted knows of A's INCR: if not, it gives B the same token. */
  staleWrite(promoted: string, claimed: StaleWrite): Claim {
    return {
      node: promoted,
      about: 'whether a stale write of A is refused after one of B',
      claimed: text(claimed),
      foresee: async (stage) => {
        const { redis } = stage.node(promoted);
        const first = this.#tokensOf('A').redis;
        const second = Number((await redis.call('GET', TOKEN)) ?? 0) + 1;
        const words = placeWords(promoted, (await askNode(redis)).replication, this.#firstIncr());
        return {
          is: text({ redis: first < second ? 'refused' : 'accepted', own: 'refused' }),
          because: `the INCR is at ${words}, which will give B ${second} where A has ${first}; the resource's own counter is not turned back`,
        };
      },
      look: async () => {
        const [a, b] = [this.#tokensOf('A'), this.#tokensOf('B')];
        if (this.#seen === null) throw new FailedError('nobody has written to the resource');
        return {
          is: text(this.#seen),
          because: `Redis gave A ${a.redis} and B ${b.redis}, the resource ${a.own} and ${b.own}`,
        };
      },
    };
  }

  #writeAs(stage: Stage, client: string, kind: keyof Tokens): StaleWrite[keyof Tokens] {
    const token = this.#tokensOf(client)[kind];
    const { taken, reply } = this.#resources[kind].write(token);
    const source = kind === 'own' ? 'own' : 'Redis';
    tell(stage, { client, node: 'resource', command: `write, ${source} token ${token}`, reply });
    return taken ? 'accepted' : 'refused';
  }

  #tokensOf(client: string): Tokens {
    const tokens = this.#tokens.get(client);
    if (tokens === undefined) throw new FailedError(`${client} has drawn no tokens`);
    return tokens;
  }

  #firstIncr(): Stretch {
    if (this.#place === null) throw new FailedError('nobody has drawn a token');
    return this.#place;
  }
}
