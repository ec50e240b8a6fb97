import { describe, expect, it } from 'vitest';
import { keysOf, type Product, trade } from '../../../src/drills/shop.js';
import { type Call, fakeNode } from '../redis/fake-node.js';

const product = (some: Partial<Product> = {}): Product => ({
  name: 'p',
  units: 12,
  segments: 1,
  wait: 0,
  ...some,
});

/** A server that keeps stock and runs the buyers' script; `confirmed` is what WAIT says. */
function shopOf(wares: Product, confirmed: () => number = () => 0) {
  const stock = new Map(keysOf(wares).map((key) => [key, wares.units / wares.segments]));
  const left = (key: unknown) => stock.get(String(key)) ?? 0;
  let closed = 0;
  const answer = (...[command, ...args]: Call) => {
    if (command === 'WAIT') return confirmed();
    const key = String(command === 'EVAL' ? args[2] : args[0]);
    if (command === 'EVAL' && left(key) < 1) return 0;
    stock.set(key, left(key) + (command === 'EVAL' ? -1 : 1));
    return 1;
  };
  return {
    connect: () => ({
      ...fakeNode('redis-1', answer),
      close: () => {
        closed += 1;
      },
    }),
    left: () => [...stock.values()].reduce((sum, units) => sum + units, 0),
    closed: () => closed,
  };
}

describe('buyers', () => {
  it.each([1, 3])('sell what there is and not more, in %i segments', async (segments) => {
    const wares = product({ segments });
    const shop = shopOf(wares);
    expect(await trade(shop.connect, wares, () => true)).toEqual({ sold: 12, refunded: 0 });
    expect(shop.left()).toBe(0);
  });

  it('stop at so many sales', async () => {
    const shop = shopOf(product());
    const enough = await trade(shop.connect, product(), ({ sold, open }) => sold + open < 5);
    expect(enough.sold).toBe(5);
    expect(shop.left()).toBe(7);
  });

  it('put back what no replica confirms', async () => {
    const wares = product({ wait: 1 });
    const shop = shopOf(wares);
    const tried = await trade(shop.connect, wares, ({ tries }) => tries < 9);
    expect(tried).toEqual({ sold: 0, refunded: 9 });
    expect(shop.left()).toBe(12);
  });

  it('try again what was put back, until all is sold', async () => {
    const wares = product({ wait: 1 });
    let asked = 0;
    const shop = shopOf(wares, () => {
      asked += 1;
      return asked % 3 === 0 ? 0 : 1;
    });
    const { sold, refunded } = await trade(shop.connect, wares, () => true);
    expect(sold).toBe(12);
    expect(refunded).toBeGreaterThan(0);
    expect(shop.left()).toBe(0);
  });

  it('give up when they are told to, whatever is open', async () => {
    const wares = product({ wait: 1 });
    let asked = 0;
    const patience = () => {
      asked += 1;
      if (asked > 20) throw new Error('time is up');
      return true;
    };
    await expect(trade(shopOf(wares).connect, wares, patience)).rejects.toThrow('time is up');
  });

  it('close their connections, also when the server is gone', async () => {
    const shop = shopOf(product());
    await trade(shop.connect, product(), () => true);
    const whole = shop.closed();
    expect(whole).toBeGreaterThan(0);
    const gone = () => ({ ...shop.connect(), call: () => Promise.reject(new Error('gone')) });
    await expect(trade(gone, product(), () => true)).rejects.toThrow('gone');
    expect(shop.closed()).toBe(2 * whole);
  });
});
