/**
 * One address that always leads to the current master: a forwarder in this process. Connections to
 * a server that died or was replaced are reset at once, new ones wait for the next. It passes bytes;
 * it never holds a command back, and never sends one again.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { UsageError } from '../errors.js';
import type { RedisNode } from '../redis/node.js';
import { openPipe, type Pipe, type Target } from './pipe.js';
import { reset } from './reset.js';
import { type Traffic, TrafficCounter } from './traffic.js';
import { RoleWatch } from './watch.js';
import type { WriteBalance } from './write-balance.js';

/** Where a door leads. */
export type Leads = 'master' | 'replica';

/** A server behind the door, and a connection that is the door's own. */
export interface DoorNode extends Target {
  readonly redis: RedisNode;
}

export interface DoorOptions {
  /** 0 for one that is free. */
  readonly port: number;
  readonly leads: Leads;
  /** How long a new connection waits for a server, in milliseconds. */
  readonly holdMs: number;
  /** False under TLS, which is passed through: then bytes and connections are all that is counted. */
  readonly readable: boolean;
  readonly clock: () => number;
  /** Where what a node acknowledges is accounted for; without it nothing is. */
  readonly writesOf?: ((node: string) => WriteBalance | null) | undefined;
  /** Told whenever it leads to another master, or to none (null). */
  readonly onMaster: (node: string | null) => void;
}

export const DOOR_HOST = '127.0.0.1';

/** Its port can't be listened on. */
export class DoorPortError extends UsageError {
  protected override readonly kind = 'port-taken';

  constructor(port: number, cause: Error) {
    const about = { code: 'port-taken', port } as const;
    const isTaken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const why = isTaken ? 'another program has the port' : cause.message;
    super(`no door can be at ${DOOR_HOST}:${port}: ${why}`, { about, cause });
  }
}

export class Door {
  readonly #server: Server;
  readonly #options: DoorOptions;
  readonly #traffic: TrafficCounter;
  readonly #pipes = new Set<Pipe>();
  /** Clients that wait for a server. */
  readonly #waiting = new Set<() => void>();
  readonly #clients = new Set<Socket>();
  #nodes: readonly DoorNode[];
  #watch: RoleWatch;
  #told: string | null = null;
  #turn = 0;

  /** Listens when this resolves. @throws DoorPortError if the port is taken. */
  static async open(nodes: readonly DoorNode[], options: DoorOptions): Promise<Door> {
    const door = new Door(nodes, options);
    await door.#listen().catch(async (error: NodeJS.ErrnoException) => {
      await door.#watch.stop();
      throw new DoorPortError(options.port, error);
    });
    return door;
  }

  private constructor(nodes: readonly DoorNode[], options: DoorOptions) {
    this.#options = options;
    this.#nodes = nodes;
    this.#traffic = new TrafficCounter(options);
    this.#watch = this.#watching(nodes);
    const settings = { allowHalfOpen: true, pauseOnConnect: true, noDelay: true };
    this.#server = createServer(settings, (client) => void this.#lead(client));
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : this.#options.port;
  }

  /** Where it leads now; null while no server is the master. */
  get master(): string | null {
    return this.#watch.master;
  }

  traffic(): Traffic {
    return this.#traffic.traffic();
  }

  /** Resolves when a server is there to lead to, false if none is in time. */
  async ready(ms: number): Promise<boolean> {
    return (await this.#target(Date.now() + ms, () => false)) !== null;
  }

  /** Other servers stand behind it now. It owns their connections. */
  async follow(nodes: readonly DoorNode[]): Promise<void> {
    // Who looked for them may have begun before it was closed.
    if (!this.#server.listening) return;
    const before = this.#watch;
    this.#nodes = nodes;
    this.#watch = this.#watching(nodes);
    await before.stop();
  }

  /** Cuts what is open. What was counted can still be asked for. */
  async close(): Promise<void> {
    this.#server.close();
    for (const pipe of this.#pipes) pipe.close();
    for (const client of this.#clients) reset(client);
    for (const wake of this.#waiting) wake();
    await this.#watch.stop();
  }

  #watching(nodes: readonly DoorNode[]): RoleWatch {
    const watch: RoleWatch = new RoleWatch(
      nodes.map(({ redis }) => redis),
      () => this.#changed(watch),
    );
    return watch;
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: DOOR_HOST, port: this.#options.port }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  #changed(watch: RoleWatch): void {
    // One that has been replaced may still hear an answer.
    if (watch !== this.#watch) return;
    const { master, roles } = watch;
    if (master !== this.#told) {
      this.#told = master;
      this.#options.onMaster(master);
    }
    for (const pipe of this.#pipes) {
      if (this.#isOver(pipe.node, roles.get(pipe.node)?.role ?? null)) pipe.cut();
    }
    for (const wake of this.#waiting) wake();
  }

  /** Whether a server is known to be no longer what the door leads to. */
  #isOver(node: string, role: 'master' | 'replica' | null): boolean {
    if (this.#options.leads === 'replica') return role === 'master';
    return role === 'replica' || (this.#watch.master !== null && this.#watch.master !== node);
  }

  async #lead(client: Socket): Promise<void> {
    this.#clients.add(client);
    client.on('error', () => {}).on('close', () => this.#clients.delete(client));
    const until = Date.now() + this.#options.holdMs;
    while (!client.destroyed) {
      const target = await this.#target(until, () => client.destroyed);
      if (target === null) break;
      const pipe = await this.#open(client, target);
      if (pipe !== null) return;
    }
    if (client.destroyed) return;
    this.#traffic.turnedAway += 1;
    reset(client);
  }

  async #open(client: Socket, target: Target): Promise<Pipe | null> {
    const { readable, writesOf } = this.#options;
    const isLost = () => this.#watch.isLost(target.node);
    const writes = writesOf?.(target.node);
    try {
      const onReadOnly = () => this.#watch.hurry();
      const settings = { readable, writes, isLost, onReadOnly };
      const pipe = await openPipe(client, target, this.#traffic, settings);
      this.#pipes.add(pipe);
      void pipe.closed.then(() => this.#pipes.delete(pipe));
      return pipe;
    } catch {
      await isLost();
      return null;
    }
  }

  /** Null if there is none until then, or nobody waits any more. */
  async #target(until: number, isOver: () => boolean): Promise<Target | null> {
    for (;;) {
      const found = this.#choose();
      if (found !== null) return found;
      const left = until - Date.now();
      if (left <= 0 || isOver() || !this.#server.listening) return null;
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, left);
        this.#waiting.add(wake);
      });
    }
  }

  #choose(): Target | null {
    const watch = this.#watch;
    const nodes = this.#nodes.filter(({ node }) => !watch.isDoubted(node));
    if (this.#options.leads === 'master') {
      return nodes.find(({ node }) => node === watch.master) ?? null;
    }
    const linked = nodes.filter(({ node }) => watch.roles.get(node)?.linked);
    this.#turn += 1;
    return linked[this.#turn % linked.length] ?? null;
  }
}
