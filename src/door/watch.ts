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
const EVERY_MS = 100;
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

  /** Its connections ended: it counts for nothing until it has answered again. */
  suspect(node: string): void {
    this.#said(node, null);
    this.#wakeAll();
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
    const overdue = setTimeout(() => {
      hangs = true;
      node.close();
    }, ANSWER_MS);
    try {
      const info = parseInfo(String(await node.call('INFO', 'replication')));
      const { role, id, secondId, link } = parseReplication(info);
      this.#said(node.name, { role, id, secondId, linked: link?.up ?? false });
    } catch {
      if (!hangs) this.#said(node.name, null);
    } finally {
      clearTimeout(overdue);
    }
  }

  #said(node: string, role: Role | null): void {
    const before = this.#roles.get(node);
    if (JSON.stringify(before) === JSON.stringify(role)) return;
    this.#roles.set(node, role);
    this.#master = masterAmong(this.#roles, this.#master);
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
