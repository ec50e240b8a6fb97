/** Steps that sell products over a failover, and count what was sold beyond the stock. */
import { count, plural } from '../../format.js';
import { askNode } from '../../redis/ask.js';
import { checkLimits } from '../../redis/wait.js';
import type { Step } from '../drill.js';
import { keysOf, type Product, type Progress, type Trade, trade } from '../shop.js';
import { type Stage, slot } from '../stage.js';
import { placeWords, type Stretch } from '../stretch.js';
import { stretchOf } from './failover.js';
import { foretell, fulfilled } from './foretell.js';

/** Replicated, not replicated, on the new master. */
const tradesOf = ({ name }: Product) => slot<Trade[]>(`the sales of ${name}`);
const UNREPLICATED = slot<Stretch>('the sales that no replica has');

/** What no replica ever confirms is tried again for so long. */
const TRADE_MS = 30_000;

/** Of all products at the same time. */
async function tradeAll(
  stage: Stage,
  node: string,
  products: readonly Product[],
  more: (progress: Progress) => boolean,
): Promise<void> {
  const limits = stage.within(TRADE_MS);
  const inTime = (progress: Progress) => {
    checkLimits(limits, () => `buyers on ${node} to be done`);
    return more(progress);
  };
  await Promise.all(
    products.map(async (product) => {
      const trades = stage.recall(tradesOf(product));
      trades.push(await trade(() => stage.live.connect(node), product, inTime));
    }),
  );
}

export const stockUp = (node: string, products: readonly Product[]): Step => ({
  kind: 'write',
  says: `stock: ${products.map(({ name, units }) => `${units} (${name})`).join(', ')}`,
  run: async (stage) => {
    for (const product of products) {
      stage.keep(tradesOf(product), []);
      for (const key of keysOf(product)) {
        await stage.node(node).redis.call('SET', key, product.units / product.segments);
      }
    }
  },
});

export const sell = (node: string, products: readonly Product[], sales: number): Step => ({
  kind: 'write',
  says: `sell ${plural(sales, 'unit')} of each on ${node}`,
  run: (stage) => tradeAll(stage, node, products, (now) => now.sold + now.open < sales),
});

export const tryToSell = (node: string, products: readonly Product[], tries: number): Step => ({
  kind: 'write',
  says: `try to sell ${plural(tries, 'unit')} of each on ${node}`,
  run: async (stage) => {
    const work = () => tradeAll(stage, node, products, (now) => now.tries < tries);
    stage.keep(UNREPLICATED, await stretchOf(stage, node, work));
  },
});

export const sellOut = (node: string, products: readonly Product[]): Step => ({
  kind: 'write',
  says: `sell on ${node} until nothing is left`,
  run: (stage) => tradeAll(stage, node, products, () => true),
});

const about = ({ name }: Product) => `how many units are oversold, ${name}`;
const words = (units: number): string => `${count(units)} oversold`;
const total = (trades: readonly Trade[], of: keyof Trade = 'sold'): number =>
  trades.reduce((sum, part) => sum + part[of], 0);

/** The replica that will be promoted sells all that it has, whatever was sold meanwhile. */
export const foretellSales = (heir: string, product: Product, claimed: number): Step =>
  foretell({
    about: about(product),
    node: heir,
    claimed: words(claimed),
    foresee: async (stage) => {
      const { redis } = stage.node(heir);
      const left = await Promise.all(keysOf(product).map((key) => redis.call('GET', key)));
      const stock = left.reduce<number>((sum, units) => sum + Number(units), 0);
      const sales = total(stage.recall(tradesOf(product)));
      const { replication } = await askNode(redis);
      const place = placeWords(heir, replication, stage.recall(UNREPLICATED));
      return {
        outcome: words(sales + stock - product.units),
        because: `${sales} are sold (${product.name}); what came last is at ${place} and has ${stock} to sell`,
      };
    },
  });

export const sold = (product: Product): Step =>
  fulfilled(about(product), async (stage) => {
    const trades = stage.recall(tradesOf(product));
    const [replicated = 0, unreplicated = 0, after = 0] = trades.map(({ sold: units }) => units);
    const oversold = total(trades) - product.units;
    stage.rows.push({
      product: product.name,
      units: count(product.units),
      replicated: count(replicated),
      'not replicated': count(unreplicated),
      refunded: count(total(trades, 'refunded')),
      'on the new master': count(after),
      oversold: count(oversold),
    });
    return {
      outcome: words(oversold),
      because: `${total(trades)} are sold (${product.name}) of ${product.units}`,
    };
  });
