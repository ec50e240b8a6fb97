/**
 * The load: writers that append unique elements, one write in flight each, and note every
 * invocation and its outcome. A write is sent once; after a lost connection the writer goes
 * on with its next element, on whatever node it is pointed to then.
 */
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RedisNode, ReplyError } from '../redis/node.js';
import { element, listKey } from './elements.js';
import type { Ledger, WriteOutcome } from './ledger.js';

export interface LoadOptions {
  readonly run: string;
  readonly seed: number;
  /** Writes a second of all writers together; null for as many as they can. */
  readonly ratePerSecond: number | null;
  /** How many replicas must confirm each write (WAIT); 0 for none. */
  readonly wait: number;
  readonly ledger: Ledger;
  /** Milliseconds since the drill began. */
  readonly clock: () => number;
  /** Opens a connection to a node. */
  readonly connect: (node: string) => RedisNode;
  /** Nodes that writes may go to later: every writer has a connection to each ready, as a pool would. */
  readonly standby?: readonly string[];
}

interface Opened {
  readonly connection: RedisNode;
  /** Whether it is there, found out with a command that changes nothing. */
  readonly answers: Promise<boolean>;
}

/** How long WAIT may take before the write counts as unconfirmed. */
const WAIT_MS = 500;
const RECONNECT_MS = 1;
/** After a refusal: the server is there and says no, so asking at full speed proves nothing more. */
const REFUSED_MS = 1;
/** What a writer that fell behind its rate makes up for; more would be a burst. */
const CATCH_UP_MS = 10;
/** Should the drill die, Redis deletes what it wrote. */
const EXPIRE_S = 3600;

interface Awaiting {
  readonly sinceMs: number;
  readonly tell: (node: string, atMs: number) => void;
}

export class Load {
  readonly #options: LoadOptions;
  readonly #stopping = new AbortController();
  readonly #pointing = new EventEmitter().setMaxListeners(0);
  #target: string | null;
  readonly #writing = new Set<RedisNode>();
  #writers: Promise<void>[] = [];
  #awaited: Awaiting | null = null;

  constructor(target: string | null, options: LoadOptions) {
    this.#target = target;
    this.#options = options;
  }

  start(): void {
    const { ledger } = this.#options;
    this.#writers = Array.from({ length: ledger.writers }, (_, writer) => this.#write(writer));
  }

  /** From now on writes go to this node, over other connections; null: to none until it is said where. */
  pointTo(node: string | null): void {
    this.#target = node;
    this.#pointing.emit('to');
  }

  /** The same, and no answer is waited for where they went until now: as a client that Sentinel tells does. */
  leaveFor(node: string): void {
    for (const connection of this.#writing) connection.close();
    this.pointTo(node);
  }

  /** Tells of the first write that is begun from this moment on and acknowledged, once, as it is. */
  tellFirst(sinceMs: number, tell: Awaiting['tell']): void {
    this.#awaited = { sinceMs, tell };
  }

  /** No new writes; resolves when those in flight have come to an end. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#writers);
  }

  async #write(writer: number): Promise<void> {
    const pace = this.#pace();
    const { standby = [] } = this.#options;
    const ready = new Map(standby.map((node) => [node, this.#open(node)]));
    while (!this.#stopping.signal.aborted) {
      const target = this.#target;
      if (target === null) {
        await this.#pointed();
        continue;
      }
      const { connection, answers } = ready.get(target) ?? this.#open(target);
      ready.delete(target);
      this.#writing.add(connection);
      try {
        if (await answers) await this.#writeTo(connection, writer, target, pace);
        else await this.#rest(RECONNECT_MS);
      } finally {
        this.#writing.delete(connection);
        connection.close();
      }
    }
    for (const { connection } of ready.values()) connection.close();
  }

  #open(node: string): Opened {
    const connection = this.#options.connect(node);
    return { connection, answers: succeeds(connection.call('PING')) };
  }

  #pointed(): Promise<unknown> {
    return once(this.#pointing, 'to', this.#stopping).catch(() => {});
  }

  async #writeTo(
    connection: RedisNode,
    writer: number,
    target: string,
    pace: () => Promise<void>,
  ): Promise<void> {
    const { ledger, clock, run } = this.#options;
    let expires = false;
    while (!this.#stopping.signal.aborted && this.#target === target) {
      const invokedMs = clock();
      const sequence = ledger.invoke(writer, invokedMs);
      const outcome = await this.#append(connection, writer, sequence);
      const completedMs = clock();
      ledger.complete(writer, sequence, outcome, completedMs);
      if (
        this.#awaited !== null &&
        outcome === 'acknowledged' &&
        invokedMs >= this.#awaited.sinceMs
      ) {
        this.#awaited.tell(target, completedMs);
        this.#awaited = null;
      }
      if (outcome === 'unknown') return;
      if (outcome === 'refused') await this.#rest(REFUSED_MS);
      else if (!expires) {
        expires = await succeeds(expire(connection, listKey(run, writer)));
      }
      await pace();
    }
  }

  async #append(connection: RedisNode, writer: number, sequence: number): Promise<WriteOutcome> {
    const { run, seed, wait } = this.#options;
    try {
      await connection.call('RPUSH', listKey(run, writer), element(seed, writer, sequence));
    } catch (error) {
      return error instanceof ReplyError ? 'refused' : 'unknown';
    }
    if (wait === 0) return 'acknowledged';
    // WAIT speaks of the writes of its own connection only, so it follows on the same one.
    const confirmed = await connection.call('WAIT', wait, WAIT_MS).catch(() => null);
    return Number(confirmed) >= wait ? 'acknowledged' : 'unconfirmed';
  }

  /** Rests until a writer's next write is due. Timers know whole milliseconds, so several may be due at once. */
  #pace(): () => Promise<void> {
    const { ratePerSecond, ledger, clock } = this.#options;
    if (ratePerSecond === null) return async () => {};
    const everyMs = (1000 * ledger.writers) / ratePerSecond;
    let dueMs = clock();
    return async () => {
      dueMs = Math.max(dueMs + everyMs, clock() - CATCH_UP_MS);
      const ahead = dueMs - clock();
      if (ahead >= 1) await this.#rest(ahead);
    };
  }

  #rest(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}

/** At a time: what lives for so long lives longer where it is replayed later, before 7.0. */
async function expire(connection: RedisNode, key: string): Promise<void> {
  const [now] = (await connection.call('TIME')) as string[];
  await connection.call('EXPIREAT', key, Number(now) + EXPIRE_S);
}

const succeeds = (reply: Promise<unknown>): Promise<boolean> =>
  reply.then(
    () => true,
    () => false,
  );
