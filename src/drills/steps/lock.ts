/** Clients that want a lock: SET NX PX, with WAIT after it or without, and who believes to hold it. */

import { askNode } from '../../redis/ask.js';
import type { Step } from '../drill.js';
import { type Holders, holdersAfter, holdersSeen } from '../holders.js';
import { slot } from '../stage.js';
import { placeWords, reachOf, type Stretch } from '../stretch.js';
import { say } from './clients.js';
import { stretchOf } from './failover.js';
import { foretell, fulfilled } from './foretell.js';

/** Longer than the act may take: no lock expires in it. */
const LEASE_MS = 600_000;

/** Deletes the lock if it is still this client's. */
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

const holdersOf = (lock: string) => slot<string[]>(`the holders of ${lock}`);
const placeOf = (lock: string) => slot<Stretch>(`the place of ${lock} in the stream`);

export const acquire = (client: string, lock: string, node: string): Step => ({
  kind: 'write',
  says: `${client} asks ${node} for ${lock}`,
  run: async (stage) => {
    const holders = stage.has(holdersOf(lock)) ? stage.recall(holdersOf(lock)) : [];
    stage.keep(holdersOf(lock), holders);
    const set = async () => {
      const who = { client, node };
      const reply = await say(stage, who, 'SET', lock, client, 'NX', 'PX', LEASE_MS);
      if (reply === 'OK') holders.push(client);
    };
    const place = await stretchOf(stage, node, set);
    if (!stage.has(placeOf(lock))) stage.keep(placeOf(lock), place);
  },
});

export interface Confirmation {
  readonly node: string;
  readonly replicas: number;
  /** How long WAIT may take: short where it can only run out, long where it is to be confirmed. */
  readonly ms: number;
}

/** On the connection of the SET. The client that heeds the answer has no lock if too few confirm. */
export const confirmOrGiveUp = (
  client: string,
  lock: string,
  { node, replicas, ms }: Confirmation,
): Step => ({
  kind: 'write',
  says: `${client} WAITs for ${replicas} and gives ${lock} up if fewer confirm`,
  run: async (stage) => {
    const confirmed = Number(await say(stage, { client, node }, 'WAIT', replicas, ms));
    if (confirmed >= replicas) return;
    const shown = `give up: delete ${lock} if it is ${client}'s`;
    await say(stage, { client, node, shown }, 'EVAL', RELEASE, 1, lock, client);
    const holders = stage.recall(holdersOf(lock));
    holders.splice(holders.indexOf(client), 1);
  },
});

export interface Failover {
  /** What will be promoted. */
  readonly heir: string;
  readonly replicas: readonly string[];
  /** How many must confirm; without it A asks for none. */
  readonly wait?: number;
}

const about = (lock: string) => `who holds ${lock} after the failover`;

/** By the offsets at which the SET stands and the replicas are: A has not called WAIT yet. */
export const foretellHolders = (
  lock: string,
  { heir, replicas, wait = 0 }: Failover,
  claimed: Holders,
): Step =>
  foretell({
    about: about(lock),
    node: heir,
    claimed,
    foresee: async (stage) => {
      const place = stage.recall(placeOf(lock));
      const replicationOf = async (name: string) =>
        (await askNode(stage.node(name).redis)).replication;
      const reached = await Promise.all(
        replicas.map(async (name) => reachOf(await replicationOf(name), place)),
      );
      const confirmed = reached.filter((reach) => reach === 'all').length;
      const there = await replicationOf(heir);
      const words = wait === 0 ? '' : `; WAIT ${wait} will say ${confirmed}`;
      return {
        outcome: holdersAfter(confirmed >= wait, reachOf(there, place)),
        because: `the SET of ${lock} is at ${placeWords(heir, there, place)}${words}`,
      };
    },
  });

export const holders = (lock: string): Step =>
  fulfilled(about(lock), async (stage) => {
    const clients = stage.recall(holdersOf(lock));
    return {
      outcome: holdersSeen(clients),
      because: `who was told OK for ${lock} and did not give it up`,
    };
  });
