/**
 * The only file that knows ioredis. Its defaults send a command again after a cut and
 * report one answer; here a connection that ends is never opened again: it fails what
 * was in flight, and the next call makes a new one.
 */

import { Redis, ReplyError as WireError } from 'ioredis';
import type { Access } from '../access/access.js';
import { NoReplyError, type RedisNode, ReplyError } from './node.js';

export interface NodeAddress {
  /** The node's name in the topology. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** How it lets clients in; without it, all are. */
  readonly access?: Access | null;
  /** How long opening a connection may take. */
  readonly connectTimeoutMs: number;
  /** How long a reply may take, from the moment the command is sent. */
  readonly replyTimeoutMs: number;
}

/** Opens its connection with the first call. An open one keeps the process alive until `close`. */
export function connectNode(address: NodeAddress): RedisNode {
  const { name } = address;
  let connection: Connection | undefined;
  let closed = false;
  const disconnect = () => connection?.end('closed');
  return {
    name,
    call: async (command, ...args) => {
      if (closed) throw new NoReplyError(`no reply from ${name} to ${command}: closed`);
      if (connection === undefined || connection.ended) connection = new Connection(address);
      return connection.call(command, args);
    },
    disconnect,
    close: () => {
      closed = true;
      disconnect();
    },
  };
}

/** Only certificates of the topology's own authority are believed, and only this node's. */
function tlsOptions({ access, name }: NodeAddress) {
  if (!access?.authority) return {};
  return { tls: { ca: access.authority.certificate, servername: name } };
}

class Connection {
  readonly #client: Redis;
  readonly #ready: Promise<void>;
  readonly #address: NodeAddress;
  #endReason: string | undefined;

  constructor(address: NodeAddress) {
    this.#address = address;
    this.#client = new Redis({
      host: address.host,
      port: address.port,
      protocol: 2,
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      enableReadyCheck: false,
      disableClientInfo: true,
      connectTimeout: address.connectTimeoutMs,
      disconnectTimeout: 0, // a hung server never answers our FIN
      ...tlsOptions(address),
    });
    this.#client.on('error', (error: NodeJS.ErrnoException) =>
      this.#note(error.code ?? error.message),
    );
    this.#client.on('end', () => this.#note('the server closed the connection'));
    this.#ready = this.#open();
    // Whoever calls first is told; it may not have come to that when it fails.
    this.#ready.catch(() => {});
  }

  get ended(): boolean {
    return this.#endReason !== undefined;
  }

  /** The replies of a server come in order: what waits behind a reply that is overdue ends too. */
  end(reason: string): void {
    this.#note(reason);
    this.#client.disconnect();
  }

  async #open(): Promise<void> {
    await this.#client.connect();
    const login = this.#address.access?.login;
    if (!login) return;
    const user = login.user === null ? [] : [login.user];
    await this.#ask('AUTH', [...user, login.password.reveal()]).catch((error) => {
      this.end(String(error));
      throw error;
    });
  }

  async call(command: string, args: (string | number)[]): Promise<unknown> {
    try {
      await this.#ready;
      return await this.#ask(command, args);
    } catch (error) {
      throw this.#explain(command, error);
    }
  }

  async #ask(command: string, args: (string | number)[]): Promise<unknown> {
    const { replyTimeoutMs } = this.#address;
    const overdue = setTimeout(
      () => this.end(`timed out after ${replyTimeoutMs} ms`),
      replyTimeoutMs,
    );
    try {
      this.#writeTogether();
      return await this.#client.call(command, ...args);
    } finally {
      clearTimeout(overdue);
    }
  }

  /** What is asked at once goes in one write: the server does nothing of its own between the commands. */
  #writeTogether(): void {
    const { stream } = this.#client;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  #explain(command: string, error: unknown): Error {
    if (error instanceof WireError) {
      return new ReplyError((error as Error).message, this.#address.name);
    }
    const reason = this.#endReason ?? String(error);
    return new NoReplyError(`no reply from ${this.#address.name} to ${command}: ${reason}`);
  }

  /** The first cause that is known is the true one; later ones follow from it. */
  #note(reason: string): void {
    this.#endReason ??= reason;
  }
}
