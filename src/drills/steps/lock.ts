/** Clients that want a lock: SET NX PX, with WAIT after it or without, and who believes to hold it. */
import { FailedError } from '../../errors.js';
import { askNode } from '../../redis/ask.js';
import type { Claim } from '../claim.js';
import type { Step } from '../drill.js';
import { type Holders, holdersAfter, holdersSeen } from '../holders.js';
import { placeWords, reachOf, type Stretch } from '../stretch.js';
import type { Clients } from './clients.js';
import { stretchOf } from './failover.js';

/** Longer than the act may take: no lock expires in it. */
const LEASE_MS = 600_000;

/** Deletes the lock if it is still this client's. */
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

export interface Confirmation {
  readonly node: string;
  readonly replicas: number;
  /** How long WAIT may take: short where it can only run out, long where it is to be confirmed. */
  readonly ms: number;
}

export interface Failover {
  /** What will be promoted. */
  readonly promoted: string;
  readonly replicas: readonly string[];
  /** How many must confirm; without it A asks for none. */
  readonly wait?: number;
}

export class Lock {
  readonly #key: string;
  readonly #clients: Clients;
  readonly #holders: string[] = [];
  /** Where the first SET stands in the stream. */
  #place: Stretch | null = null;

  constructor(key: string, clients: Clients) {
    this.#key = key;
    this.#clients = clients;
  }

  acquire(client: string, node: string): Step {
    return {
      kind: 'write',
      says: `${client} asks ${node} for ${this.#key}`,
      nodes: [node],
      run: async (stage) => {
        const set = async () => {
          const lease = ['NX', 'PX', LEASE_MS];
          const who = { client, node };
          const reply = await this.#clients.say(stage, who, 'SET', this.#key, client, ...lease);
          if (reply === 'OK') this.#holders.push(client);
        };
        const place = await stretchOf(stage, node, set);
        this.#place ??= place;
      },
    };
  }

  /** On the connection of the SET. The client that heeds the answer has no lock if too few confirm. */
  confirmOrGiveUp(client: string, { node, replicas, ms }: Confirmation): Step {
    return {
      kind: 'write',
      says: `${client} WAITs for ${replicas} and gives ${this.#key} up if fewer confirm`,
      nodes: [node],
      run: async (stage) => {
        const who = { client, node };
        const confirmed = Number(await this.#clients.say(stage, who, 'WAIT', replicas, ms));
        if (confirmed >= replicas) return;
        const shown = `give up: delete ${this.#key} if it is ${client}'s`;
        await this.#clients.say(stage, { ...who, shown }, 'EVAL', RELEASE, 1, this.#key, client);
        this.#holders.splice(this.#holders.indexOf(client), 1);
      },
    };
  }

  /** By the offsets at which the SET stands and the replicas are: A has not called WAIT yet. */
  holders({ promoted, replicas, wait = 0 }: Failover, claimed: Holders): Claim {
    return {
      node: promoted,
      about: `who holds ${this.#key} after the failover`,
      claimed,
      foresee: async (stage) => {
        const place = this.#firstSet();
        const replicationOf = async (name: string) =>
          (await askNode(stage.node(name).redis)).replication;
        const reached = await Promise.all(
          replicas.map(async (name) => reachOf(await replicationOf(name), place)),
        );
        const confirmed = reached.filter((reach) => reach === 'all').length;
        const there = await replicationOf(promoted);
        const words = wait === 0 ? '' : `; WAIT ${wait} will say ${confirmed}`;
        return {
          is: holdersAfter(confirmed >= wait, reachOf(there, place)),
          because: `the SET of ${this.#key} is at ${placeWords(promoted, there, place)}${words}`,
        };
      },
      look: async () => ({
        is: holdersSeen(this.#holders),
        because: `who was told OK for ${this.#key} and did not give it up`,
      }),
    };
  }

  #firstSet(): Stretch {
    if (this.#place === null) throw new FailedError(`nobody has asked for ${this.#key}`);
    return this.#place;
  }
}
