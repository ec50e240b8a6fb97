/**
 * Who is the master, asked of the servers themselves again and again: so a failover is followed
 * whoever made it. Each server is asked apart from the others, for one that hangs answers nobody.
 */
import { parseInfo } from '../redis/info.js';
import type { RedisNode } from '../redis/node.js';
import { parseReplication } from '../redis/replication-info.js';

/** What a server said last; null: it could not be asked. */
export interface Role {
  readonly role: 'master' | 'replica';
  readonly id: string;
  /** The id that it had before it was promoted. */
  readonly secondId: string | null;
  /** A replica whose link is up. */
  readonly linked: boolean;
}

export type Roles = ReadonlyMap<string, Role | null>;

/**
 * The one master. Of two, one that was promoted from the other's replica took its place; else the
 * one that was the master before stays it; null if nothing tells.
 */
export function masterAmong(roles: Roles, before: string | null): string | null {
  const masters = [...roles].flatMap(([name, it]) =>
    it?.role === 'master' ? [{ name, ...it }] : [],
  );
  const isReplaced = ({ id }: Role) => masters.some(({ secondId }) => secondId === id);
  const left = masters.filter((it) => !isReplaced(it)).map(({ name }) => name);
  if (left.length === 1) return left[0] ?? null;
  return before !== null && left.includes(before) ? before : null;
}

/** Between two questions, while there is a master and while there is none. */
const EVERY_MS = 20;
const HURRY_MS = 5;
/** A server that takes longer hangs, or its connection was lost on the way: what it said last stands. */
const ANSWER_MS = 500;

export class RoleWatch {
  readonly #roles = new Map<string, Role | null>();
  readonly #onChange: () => void;
  readonly #stopping = new AbortController();
  readonly #loops: Promise<void>[] = [];
  readonly #wakers = new Set<() => void>();
  readonly #nodes: readonly RedisNode[];
  /** How many ask whether a node is still what it was. */
  readonly #doubts = new Map<string, number>();
  #master: string | null = null;

  /** It owns these connections and closes them. @param onChange called when anybody's role is another */
  constructor(nodes: readonly RedisNode[], onChange: () => void) {
    this.#nodes = nodes;
    this.#onChange = onChange;
    for (const { name } of nodes) this.#roles.set(name, null);
    for (const node of nodes) this.#loops.push(this.#ask(node));
  }

  get master(): string | null {
    return this.#master;
  }

  get roles(): Roles {
    return this.#roles;
  }

  /** Whether it is asked just now if it is still what it was: who would be led to it waits. */
  isDoubted(node: string): boolean {
    return (this.#doubts.get(node) ?? 0) > 0;
  }

  /**
   * A server ends a connection when it dies, and also after QUIT, or when it is told to. Resolves
   * with whether it is no more what it was.
   */
  async isLost(name: string): Promise<boolean> {
    const node = this.#nodes.find((it) => it.name === name);
    const before = this.#roles.get(name) ?? null;
    if (node === undefined || before === null) return true;
    this.#doubts.set(name, (this.#doubts.get(name) ?? 0) + 1);
    // The watch's own connection may have been ended likewise: the second question opens another.
    const now = (await this.#answer(node)) ?? (await this.#answer(node));
    this.#doubts.set(name, (this.#doubts.get(name) ?? 1) - 1);
    this.#said(name, now);
    this.#onChange();
    return now?.role !== before.role || (now.role === 'master' && now.id !== before.id);
  }

  /** Something tells that the roles may be others: all are asked now. */
  hurry(): void {
    this.#wakeAll();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wakeAll();
    for (const node of this.#nodes) node.close();
    await Promise.all(this.#loops);
  }

  async #ask(node: RedisNode): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#askOnce(node);
      await this.#pause();
    }
  }

  async #askOnce(node: RedisNode): Promise<void> {
    let hangs = false;
    const role = await this.#answer(node, () => {
      hangs = true;
    });
    if (!hangs) this.#said(node.name, role);
  }

  /** Null if none came. */
  async #answer(node: RedisNode, onHanging = () => {}): Promise<Role | null> {
    const overdue = setTimeout(() => {
      onHanging();
      node.disconnect();
    }, ANSWER_MS);
    try {
      const info = parseInfo(String(await node.call('INFO', 'replication')));
      const { role, id, secondId, link } = parseReplication(info);
      return { role, id, secondId, linked: link?.up ?? false };
    } catch {
      return null;
    } finally {
      clearTimeout(overdue);
    }
  }

  #said(node: string, role: Role | null): void {
    // What ends with it says nothing of the servers.
    if (this.#stopping.signal.aborted) return;
    const before = this.#roles.get(node);
    if (JSON.stringify(before) === JSON.stringify(role)) return;
    this.#roles.set(node, role);
    this.#master = masterAmong(this.#roles, this.#master);
    // Another may take its place now.
    if (this.#master === null) this.#wakeAll();
    this.#onChange();
  }

  #pause(): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, this.#master === null ? HURRY_MS : EVERY_MS);
      this.#wakers.add(wake);
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#wakers]) wake();
  }
}
