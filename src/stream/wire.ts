/**
 * One connection to a server without a client library: what follows PSYNC is no reply, and
 * values are bytes, not text.
 */
import { connect as connectPlain } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { Access } from '../access/access.js';
import { NoReplyError, ReplyError } from '../redis/node.js';

/** How a server is reached from here. Plain data: it can be handed to a worker. */
export interface StreamPlace {
  /** The node's name in the topology. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** `user` is null for the default user; null if everyone is let in. */
  readonly login: { readonly user: string | null; readonly password: string } | null;
  /** The certificate of the topology's own authority; null without TLS. */
  readonly authority: string | null;
}

export function placeOf(
  name: string,
  { host, port }: Pick<StreamPlace, 'host' | 'port'>,
  access: Access | null,
): StreamPlace {
  const { login, authority } = access ?? {};
  return {
    ...{ name, host, port },
    login: login ? { user: login.user, password: login.password.reveal() } : null,
    authority: authority?.certificate ?? null,
  };
}

/** An error is one only within an array: alone it is thrown. */
export type Reply = string | number | null | Buffer | ReplyError | readonly Reply[];

export class Wire {
  readonly #socket: Duplex;
  readonly #name: string;
  readonly #login: StreamPlace['login'];
  #chunks: Buffer[] = [];
  #held = 0;
  #ended: Error | undefined;
  #wake: () => void = () => {};

  /**
   * What is asked while it connects waits.
   * @param socket what leads there already
   */
  constructor(place: StreamPlace, socket: Duplex = connect(place)) {
    this.#name = place.name;
    this.#login = place.login;
    this.#socket = socket;
    this.#socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#held += chunk.length;
      this.#wake();
    });
    this.#socket.on('error', (error) => this.end(error.message));
    this.#socket.on('close', () => this.end('the server closed the connection'));
  }

  async logIn(): Promise<void> {
    if (this.#login === null) return;
    const { user, password } = this.#login;
    await this.ask('AUTH', ...(user === null ? [] : [user]), password);
  }

  /** Whoever waits for more is told the reason. */
  end(reason: string): void {
    this.#ended ??= new NoReplyError(`no stream from ${this.#name}: ${reason}`);
    this.#socket.destroy();
    this.#wake();
  }

  close(): void {
    this.end('closed');
  }

  /** Rejects with `ReplyError` for an error, with `NoReplyError` where no answer comes any more. */
  async ask(...words: readonly (string | Buffer)[]): Promise<Reply> {
    const [reply] = await this.askAll([words]);
    if (reply instanceof ReplyError) throw reply;
    return reply ?? null;
  }

  /** The same of many commands in one go; errors are among the replies. */
  async askAll(commands: readonly (readonly (string | Buffer)[])[]): Promise<Reply[]> {
    this.#socket.write(Buffer.concat(commands.map((it) => encodeCommand(it))));
    const replies: Reply[] = [];
    for (const _ of commands) replies.push(await this.#readReply());
    return replies;
  }

  /** Of a reply that is text. */
  async askText(...words: readonly string[]): Promise<string> {
    return String(await this.ask(...words));
  }

  async #readReply(): Promise<Reply> {
    let line = '';
    // Empty lines keep the link alive while the server is busy.
    while (line === '') line = await this.#readLine();
    const rest = line.slice(1);
    if (line.startsWith('-')) return new ReplyError(rest, this.#name);
    if (line.startsWith(':')) return Number(rest);
    if (line.startsWith('$')) return this.#readBulk(Number(rest));
    if (!line.startsWith('*')) return rest;
    if (rest === '-1') return null;
    const items: Reply[] = [];
    for (let left = Number(rest); left > 0; left -= 1) items.push(await this.#readReply());
    return items;
  }

  async #readBulk(length: number): Promise<Buffer | null> {
    if (length < 0) return null;
    return (await this.read(length + 2)).subarray(0, length);
  }

  async #readLine(): Promise<string> {
    let end = this.#gather().indexOf('\n');
    while (end < 0) {
      await this.#more();
      end = this.#gather().indexOf('\n');
    }
    return (await this.read(end + 1)).toString('utf8').trimEnd();
  }

  async read(bytes: number): Promise<Buffer> {
    while (this.#held < bytes) await this.#more();
    const all = this.#gather();
    this.#held -= bytes;
    this.#chunks = this.#held > 0 ? [all.subarray(bytes)] : [];
    return all.subarray(0, bytes);
  }

  /** What has come since, at least one byte. */
  async readSome(): Promise<Buffer> {
    while (this.#held === 0) await this.#more();
    return this.read(this.#held);
  }

  #gather(): Buffer {
    const all = this.#chunks.length === 1 ? this.#chunks[0] : undefined;
    if (all) return all;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }

  #more(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#wake = () => {
        if (this.#ended) reject(this.#ended);
        else resolve();
      };
      if (this.#ended) this.#wake();
    });
  }
}

function connect({ name, host, port, authority }: StreamPlace): Duplex {
  const socket = authority
    ? connectTls({ host, port, ca: authority, servername: name })
    : connectPlain({ host, port });
  return socket.setNoDelay(true);
}

/** As a client sends it, and a stream holds it. */
export function encodeCommand(words: readonly (string | Buffer)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${words.length}\r\n`)];
  for (const word of words) {
    const bytes = typeof word === 'string' ? Buffer.from(word) : word;
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}
