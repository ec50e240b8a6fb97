/**
 * Holders of a lock that write to a resource with a fence. Each draws two tokens when it takes
 * the lock: one by INCR from the Redis that holds the lock, one from the resource's own counter.
 */
import { askNode } from '../../redis/ask.js';
import type { Step } from '../drill.js';
import { FencedResource } from '../holders.js';
import { type Stage, slot } from '../stage.js';
import { placeWords, type Stretch } from '../stretch.js';
import { say, tell } from './clients.js';
import { stretchOf } from './failover.js';
import { foretell, fulfilled } from './foretell.js';

const TOKEN = 'token';

interface Tokens {
  readonly redis: number;
  readonly own: number;
}

const tokensOf = (client: string) => slot<Tokens>(`the tokens of ${client}`);
const PLACE = slot<Stretch>('the place of the first token in the stream');
const RESOURCES = slot<Record<keyof Tokens, FencedResource>>('the resources');
const SEEN = slot<string>('what the resources took');

const resourcesOf = (stage: Stage) => {
  if (!stage.has(RESOURCES)) {
    stage.keep(RESOURCES, { redis: new FencedResource(), own: new FencedResource() });
  }
  return stage.recall(RESOURCES);
};

export const drawTokens = (client: string, node: string): Step => ({
  kind: 'write',
  says: `${client} draws a token by INCR, and one from the resource`,
  run: async (stage) => {
    let redis = 0;
    const place = await stretchOf(stage, node, async () => {
      redis = Number(await say(stage, { client, node }, 'INCR', TOKEN));
    });
    if (!stage.has(PLACE)) stage.keep(PLACE, place);
    const own = resourcesOf(stage).own.issue();
    tell(stage, { client, node: 'resource', command: 'draw a token', reply: String(own) });
    stage.keep(tokensOf(client), { redis, own });
  },
});

const about = 'is a stale write of A refused after one of B';
const outcome = (byRedis: boolean, byOwn: boolean): string =>
  `with a token of Redis ${byRedis ? 'accepted' : 'refused'}, with one of the resource ${byOwn ? 'accepted' : 'refused'}`;

/** What a fence is worth if its counter is turned back with the lock. */
export const STALE_WRITE = outcome(true, false);

export const foretellFence = (heir: string): Step =>
  foretell({
    about,
    node: heir,
    claimed: STALE_WRITE,
    foresee: async (stage) => {
      const { redis } = stage.node(heir);
      const first = stage.recall(tokensOf('A')).redis;
      const second = Number((await redis.call('GET', TOKEN)) ?? 0) + 1;
      const words = placeWords(heir, (await askNode(redis)).replication, stage.recall(PLACE));
      return {
        outcome: outcome(first >= second, false),
        because: `the INCR is at ${words}, which will give B ${second} where A has ${first}; the resource's own counter is not turned back`,
      };
    },
  });

/** B, the present holder, writes; then A, which slept through all of it and believes to hold the lock. */
export const writeFenced: Step = {
  kind: 'write',
  says: 'B writes to the resource, then A, which noticed nothing',
  run: async (stage) => {
    const resources = resourcesOf(stage);
    const writes = (['redis', 'own'] as const).map((kind) => {
      const replies = ['B', 'A'].map((client) => {
        const token = stage.recall(tokensOf(client))[kind];
        const source = kind === 'own' ? "the resource's" : "Redis'";
        const { taken, reply } = resources[kind].write(token);
        const command = `write with ${source} token ${token}`;
        tell(stage, { client, node: 'resource', command, reply });
        return taken;
      });
      return replies[1] ?? false;
    });
    stage.keep(SEEN, outcome(writes[0] ?? false, writes[1] ?? false));
  },
};

export const fenceHeld: Step = fulfilled(about, async (stage) => {
  const [a, b] = [stage.recall(tokensOf('A')), stage.recall(tokensOf('B'))];
  return {
    outcome: stage.recall(SEEN),
    because: `Redis gave A ${a.redis} and B ${b.redis}, the resource ${a.own} and ${b.own}`,
  };
});
