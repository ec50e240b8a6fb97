/**
 * The only connection over which commands go to a server. Client libraries send a command again after
 * a cut and report one answer; here a connection that ends is never opened again: it fails what
 * was in flight, and the next call makes a new one.
 */
import { connect, type Socket } from 'node:net';
import type { Access } from '../access/access.js';
import { NoReplyError, type RedisNode, ReplyError } from './node.js';
import { ErrorReply, encodeCommand, type Reply, ReplyReader } from './replies.js';

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
  let connection: Connection | undefined;
  const current = () => {
    if (connection === undefined || connection.ended) connection = new Connection(address);
    return connection;
  };
  return {
    name: address.name,
    call: (command, ...args) => current().call(command, args),
    close: () => connection?.end('closed'),
  };
}

interface Pending {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

class Connection {
  readonly #address: NodeAddress;
  readonly #ready: Promise<void>;
  /** In the order of their commands: so replies come. */
  readonly #pending: Pending[] = [];
  readonly #reader = new ReplyReader((reply) => this.#settle(reply));
  #socket: Socket | undefined;
  #endReason: string | undefined;

  constructor(address: NodeAddress) {
    this.#address = address;
    this.#ready = this.#open();
    // Whoever calls first is told; it may not have come to that when it fails.
    this.#ready.catch(() => {});
  }

  get ended(): boolean {
    return this.#endReason !== undefined;
  }

  /** What waits behind a reply that is overdue ends too. The first reason is the true one; later ones follow from it. */
  end(reason: string): void {
    this.#endReason ??= reason;
    this.#socket?.destroy();
    for (const { reject } of this.#pending.splice(0)) reject(new Error(this.#endReason));
  }

  async call(command: string, args: readonly (string | number)[]): Promise<unknown> {
    try {
      await this.#ready;
      return await this.#ask([command, ...args]);
    } catch (error) {
      if (error instanceof ReplyError) throw error;
      const reason = this.#endReason ?? String(error);
      throw new NoReplyError(`no reply from ${this.#address.name} to ${command}: ${reason}`);
    }
  }

  async #open(): Promise<void> {
    const overdue = setTimeout(() => this.end('ETIMEDOUT'), this.#address.connectTimeoutMs);
    try {
      await this.#connect();
    } finally {
      clearTimeout(overdue);
    }
    const login = this.#address.access?.login;
    if (!login) return;
    const user = login.user === null ? [] : [login.user];
    await this.#ask(['AUTH', ...user, login.password.reveal()]).catch((error) => {
      this.end(String(error));
      throw error;
    });
  }

  async #connect(): Promise<void> {
    const { socket, opened } = await openSocket(this.#address);
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => this.end(error.code ?? error.message));
    await new Promise<void>((resolve, reject) => {
      socket.once(opened, resolve);
      socket.on('close', () => {
        this.end('the server closed the connection');
        reject(new Error(this.#endReason));
      });
      if (this.ended) socket.destroy();
    });
  }

  async #ask(words: readonly (string | number)[]): Promise<Reply> {
    if (this.#endReason !== undefined) throw new Error(this.#endReason);
    const { replyTimeoutMs } = this.#address;
    const overdue = setTimeout(
      () => this.end(`timed out after ${replyTimeoutMs} ms`),
      replyTimeoutMs,
    );
    try {
      return await new Promise((resolve, reject) => {
        this.#pending.push({ resolve, reject });
        this.#socket?.write(encodeCommand(words));
      });
    } finally {
      clearTimeout(overdue);
    }
  }

  #read(chunk: Buffer): void {
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.end(String(error));
    }
  }

  #settle(reply: Reply): void {
    const asked = this.#pending.shift();
    // `-ERR max number of clients reached` comes before anything was asked.
    if (asked === undefined) this.end(reply instanceof ErrorReply ? reply.text : 'not asked for');
    else if (reply instanceof ErrorReply)
      asked.reject(new ReplyError(reply.text, this.#address.name));
    else asked.resolve(reply);
  }
}

/** Of a topology with TLS only certificates of its own authority are believed, and only this node's. */
async function openSocket({ host, port, name, access }: NodeAddress) {
  if (!access?.authority) return { socket: connect({ host, port }), opened: 'connect' };
  const tls = await import('node:tls');
  const ca = access.authority.certificate;
  return {
    socket: tls.connect({ host, port, ca, servername: name }),
    opened: 'secureConnect',
  };
}
