/**
 * Watches a topology while a drill runs: the current master's offset, for bracketing the
 * writes, and who says it is a master, for proving that there was never a second one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { askNode, configValue } from '../redis/ask.js';
import { FENCE, FENCE_SETTING } from '../redis/fence.js';
import type { RedisNode } from '../redis/node.js';

/** What a master said of its offset: asked at `sentMs`, answered at `receivedMs`. */
export interface OffsetSample {
  readonly node: string;
  readonly id: string;
  readonly sentMs: number;
  readonly receivedMs: number;
  readonly offset: number;
}

/** The nodes that would have taken a write at one moment, if it was never just one. */
export interface MastersSample {
  readonly atMs: number;
  readonly masters: readonly string[];
}

const EVERY_MS = 10;

export class Sampler {
  readonly offsets: OffsetSample[] = [];
  /** Moments at which more than one node would have taken writes. */
  readonly conflicts: MastersSample[] = [];
  rounds = 0;
  readonly #nodes: readonly RedisNode[];
  readonly #clock: () => number;
  readonly #stopping = new AbortController();
  readonly #excluded = new Set<string>();
  #loop: Promise<void> = Promise.resolve();

  /** The sampler owns these connections and closes them. */
  constructor(nodes: readonly RedisNode[], clock: () => number) {
    this.#nodes = nodes;
    this.#clock = clock;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** A node that is known to be dead is not asked: a lost SYN would hold up the whole round. */
  exclude(node: string): void {
    this.#excluded.add(node);
  }

  include(node: string): void {
    this.#excluded.delete(node);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const node of this.#nodes) node.close();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#sample();
      await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
    }
  }

  /**
   * The answers of one round are not of one moment, so the role may have moved between them:
   * two that are masters in two rounds in a row were masters at the same time.
   */
  async #sample(): Promise<void> {
    const masters = await this.#masters();
    this.rounds += 1;
    if (masters.length < 2) return;
    const still = await this.#masters();
    const both = masters.filter((name) => still.includes(name));
    if (both.length > 1) this.conflicts.push({ atMs: this.#clock(), masters: both });
  }

  async #masters(): Promise<string[]> {
    const asked = this.#nodes.filter(({ name }) => !this.#excluded.has(name));
    const found = await Promise.all(asked.map((node) => this.#ask(node)));
    return found.filter((name) => name !== null);
  }

  /** The node's name if it is a master that takes writes: a fenced one refuses them. */
  async #ask(node: RedisNode): Promise<string | null> {
    try {
      const sentMs = this.#clock();
      const [{ replication }, fence] = await Promise.all([
        askNode(node),
        configValue(node, FENCE_SETTING),
      ]);
      if (replication.role !== 'master') return null;
      const { id, offset } = replication;
      this.offsets.push({ node: node.name, id, offset, sentMs, receivedMs: this.#clock() });
      return fence === FENCE ? null : node.name;
    } catch {
      return null;
    }
  }
}
