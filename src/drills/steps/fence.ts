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
const SEEN = slot<Fate>('what the resources took');

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

/** What A's write meets: by where the tokens come from. */
export type Fate = Readonly<Record<keyof Tokens, 'accepted' | 'refused'>>;

const outcomeOf = ({ redis, own }: Fate): string =>
  `${redis} with a token of Redis, ${own} with one of the resource`;

/** Whether what will be promoted knows of A's INCR: if not, it gives B the same token. */
export const foretellFence = (heir: string, claimed: Fate): Step =>
  foretell({
    about,
    node: heir,
    claimed: outcomeOf(claimed),
    foresee: async (stage) => {
      const { redis } = stage.node(heir);
      const first = stage.recall(tokensOf('A')).redis;
      const second = Number((await redis.call('GET', TOKEN)) ?? 0) + 1;
      const words = placeWords(heir, (await askNode(redis)).replication, stage.recall(PLACE));
      return {
        outcome: outcomeOf({ redis: first < second ? 'refused' : 'accepted', own: 'refused' }),
        because: `the INCR is at ${words}, which will give B ${second} where A has ${first}; the resource's own counter is not turned back`,
      };
    },
  });

/** B, the present holder, writes; then A, which slept through all of it and believes to hold the lock. */
export const writeFenced: Step = {
  kind: 'write',
  says: 'B writes to the resource, then A, which noticed nothing',
  run: async (stage) => {
    for (const kind of ['redis', 'own'] as const) writeAs(stage, 'B', kind);
    stage.keep(SEEN, { redis: writeAs(stage, 'A', 'redis'), own: writeAs(stage, 'A', 'own') });
  },
};

function writeAs(stage: Stage, client: string, kind: keyof Tokens): Fate[keyof Tokens] {
  const token = stage.recall(tokensOf(client))[kind];
  const { taken, reply } = resourcesOf(stage)[kind].write(token);
  const source = kind === 'own' ? 'own' : 'Redis';
  tell(stage, { client, node: 'resource', command: `write, ${source} token ${token}`, reply });
  return taken ? 'accepted' : 'refused';
}

export const fenceHeld: Step = fulfilled(about, async (stage) => {
  const [a, b] = [stage.recall(tokensOf('A')), stage.recall(tokensOf('B'))];
  return {
    outcome: outcomeOf(stage.recall(SEEN)),
    because: `Redis gave A ${a.redis} and B ${b.redis}, the resource ${a.own} and ${b.own}`,
  };
});
