/**
 * Buyers of a product whose stock is kept in Redis, several at a time. A sale is what a buyer was
 * told: with WAIT only what replicas have confirmed; the rest is put back. Should the putting back
 * be lost in a failover, a unit stays unsold: that errs on the safe side.
 */
import type { RedisNode } from '../redis/node.js';

export interface Product {
  readonly name: string;
  readonly units: number;
  /** Keys that the stock is spread over. */
  readonly segments: number;
  /** Replicas that must confirm a sale. */
  readonly wait: number;
}

const BUYERS = 4;
const WAIT_MS = 50;

export const keysOf = ({ name, segments }: Product): string[] =>
  Array.from({ length: segments }, (_, at) => `stock:${name}:${at}`);

/** Checks and takes in one go: no two buyers get the last unit of one server. */
const BUY = `if tonumber(redis.call('GET', KEYS[1])) < 1 then return 0 end
redis.call('DECR', KEYS[1])
return 1`;

type Bought = 'sold' | 'refunded' | 'sold out';

/** A buyer begins with a segment of its own, so that buyers rarely meet. */
async function buy(shop: RedisNode, product: Product, buyer: number): Promise<Bought> {
  const keys = keysOf(product);
  for (let tried = 0; tried < keys.length; tried += 1) {
    const key = keys[(buyer + tried) % keys.length] ?? '';
    if ((await shop.call('EVAL', BUY, 1, key)) === 0) continue;
    if (product.wait === 0) return 'sold';
    if (Number(await shop.call('WAIT', product.wait, WAIT_MS)) >= product.wait) return 'sold';
    await shop.call('INCR', key);
    return 'refunded';
  }
  return 'sold out';
}

export interface Trade {
  readonly sold: number;
  /** Not confirmed, so put back. */
  readonly refunded: number;
}

/** How far the trade is: attempts begun, those of them that are not decided, and sales. */
export interface Progress {
  readonly tries: number;
  readonly open: number;
  readonly sold: number;
}

/** Until `more` says that there is to be no further attempt, or nothing is left. */
export async function trade(
  connect: () => RedisNode,
  product: Product,
  more: (progress: Progress) => boolean,
): Promise<Trade> {
  let [tries, open, sold, refunded] = [0, 0, 0, 0];
  const buyer = async (shop: RedisNode, index: number) => {
    while (more({ tries, open, sold })) {
      tries += 1;
      open += 1;
      const result = await buy(shop, product, index);
      open -= 1;
      if (result === 'sold out') return;
      if (result === 'sold') sold += 1;
      else refunded += 1;
    }
  };
  const shops = Array.from({ length: BUYERS }, connect);
  try {
    await Promise.all(shops.map(buyer));
  } finally {
    for (const shop of shops) shop.close();
  }
  return { sold, refunded };
}
