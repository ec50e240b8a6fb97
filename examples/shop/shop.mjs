/** A shop that must not sell more than it has, also not through a failover. */

/** Decides and writes in one step. Returns whether there was one left. */
const SELL = `
if tonumber(redis.call('GET', KEYS[1]) or '0') <= 0 then return 0 end
redis.call('DECR', KEYS[1])
redis.call('RPUSH', KEYS[2], ARGV[1])
return 1`;

export class Shop {
  #redis;

  constructor(redis) {
    this.#redis = redis;
  }

  async stock(pieces) {
    await this.#redis.set('stock', pieces);
  }

  /** `sold` only when a replica has it too: a failover keeps it then. `unsure`: ask again later. */
  async sell(customer) {
    try {
      if ((await this.#redis.eval(SELL, 2, 'stock', 'sold', customer)) === 0) return 'none left';
      return (await this.#redis.wait(1, 1000)) >= 1 ? 'sold' : 'unsure';
    } catch {
      return 'unsure';
    }
  }

  /** To whom. */
  sales() {
    return this.#redis.lrange('sold', 0, -1);
  }
}
