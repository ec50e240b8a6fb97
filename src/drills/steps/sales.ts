/** Steps that sell products over a failover, and count what was sold beyond the stock. */
import { FailedError } from '../../errors.js';
import { count, plural } from '../../format.js';
import { askNode } from '../../redis/ask.js';
import { checkLimits } from '../../redis/wait.js';
import type { Claim } from '../claim.js';
import type { Step } from '../drill.js';
import { keysOf, type Product, type Progress, type Trade, trade } from '../shop.js';
import type { Stage } from '../stage.js';
import { placeWords, type Stretch } from '../stretch.js';
import { stretchOf } from './failover.js';

/** What no replica ever confirms is tried again for so long. */
const TRADE_MS = 30_000;

const words = (units: number): string => `${count(units)} oversold`;
const total = (trades: readonly Trade[], of: keyof Trade = 'sold'): number =>
  trades.reduce((sum, part) => sum + part[of], 0);

export class Sales {
  readonly #products: readonly Product[];
  /** Of each product: replicated, not replicated, on the new master. */
  readonly #trades = new Map<Product, readonly Trade[]>();
  #unreplicated: Stretch | null = null;

  constructor(products: readonly Product[]) {
    this.#products = products;
  }

  stockUp(node: string): Step {
    return {
      kind: 'write',
      says: `stock: ${this.#products.map(({ name, units }) => `${units} (${name})`).join(', ')}`,
      nodes: [node],
      run: async (stage) => {
        for (const product of this.#products) {
          for (const key of keysOf(product)) {
            await stage.node(node).redis.call('SET', key, product.units / product.segments);
          }
        }
      },
    };
  }

  sell(node: string, sales: number): Step {
    return {
      kind: 'write',
      says: `sell ${plural(sales, 'unit')} of each on ${node}`,
      nodes: [node],
      run: (stage) => this.#trade(stage, node, (now) => now.sold + now.open < sales),
    };
  }

  /** Sales that no replica will have. */
  tryToSell(node: string, tries: number): Step {
    return {
      kind: 'write',
      says: `try to sell ${plural(tries, 'unit')} of each on ${node}`,
      nodes: [node],
      run: async (stage) => {
        const work = () => this.#trade(stage, node, (now) => now.tries < tries);
        this.#unreplicated = await stretchOf(stage, node, work);
      },
    };
  }

  sellOut(node: string): Step {
    return {
      kind: 'write',
      says: `sell on ${node} until nothing is left`,
      nodes: [node],
      run: (stage) => this.#trade(stage, node, () => true),
    };
  }

  /** The replica that will be promoted sells all that it has, whatever was sold meanwhile. */
  oversold(promoted: string, product: Product, claimed: number): Claim {
    return {
      node: promoted,
      about: `how many units are oversold, ${product.name}`,
      claimed: words(claimed),
      foresee: async (stage) => {
        const { redis } = stage.node(promoted);
        const left = await Promise.all(keysOf(product).map((key) => redis.call('GET', key)));
        const stock = left.reduce<number>((sum, units) => sum + Number(units), 0);
        const sales = total(this.#tradesOf(product));
        const { replication } = await askNode(redis);
        const place = placeWords(promoted, replication, this.#unreplicatedSales());
        return {
          is: words(sales + stock - product.units),
          because: `${sales} are sold (${product.name}); what came last is at ${place} and has ${stock} to sell`,
        };
      },
      look: async (stage) => this.#look(stage, product),
    };
  }

  #look(stage: Stage, product: Product) {
    const trades = this.#tradesOf(product);
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
      is: words(oversold),
      because: `${total(trades)} are sold (${product.name}) of ${product.units}`,
    };
  }

  /** Of all products at the same time. */
  async #trade(stage: Stage, node: string, more: (progress: Progress) => boolean): Promise<void> {
    const limits = stage.within(TRADE_MS);
    const inTime = (progress: Progress) => {
      checkLimits(limits, () => `buyers on ${node} to be done`);
      return more(progress);
    };
    await Promise.all(
      this.#products.map(async (product) => {
        const traded = await trade(() => stage.live.connect(node), product, inTime);
        this.#trades.set(product, [...this.#tradesOf(product), traded]);
      }),
    );
  }

  #tradesOf(product: Product): readonly Trade[] {
    return this.#trades.get(product) ?? [];
  }

  #unreplicatedSales(): Stretch {
    if (this.#unreplicated === null) throw new FailedError('nobody has tried to sell');
    return this.#unreplicated;
  }
}
