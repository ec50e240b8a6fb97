/**
 * Reads the end of a living server's stream as a replica would that comes back: PSYNC is
 * answered from the backlog. Whatever the backlog can't answer would make the server begin a
 * full resync, so it is asked for first what it has. A replica whose link is down answers
 * NOMASTERLINK, so it isn't asked at all.
 */
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Access } from '../access/access.js';
import { bounded } from '../docker/call.js';
import { predictResync } from '../psync/predict.js';
import { parseInfo } from '../redis/info.js';
import { NoReplyError, ReplyError } from '../redis/node.js';
import { parseReplication, type ReplicationInfo } from '../redis/replication-info.js';
import { alignedToEnd, type Command } from './commands.js';

/** How a server is reached from here. */
export interface StreamPlace {
  /** The node's name in the topology. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly access: Access | null;
}

interface Bounds {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/**
 * Its last commands, up to what it has applied now.
 * @param most at most so many bytes, the last ones
 * @returns null if its stream can't be read: it keeps no backlog, or has lost its link
 */
export async function readStream(
  place: StreamPlace,
  most: number,
  { deadlineMs, signal }: Bounds,
): Promise<readonly Command[] | null> {
  const { name } = place;
  const bounds = {
    deadlineMs,
    signals: [signal],
    overdue: (ms: number) => `${name} did not send its stream within ${ms / 1000} s`,
    hint: '`rrepl status` shows which servers answer.',
  };
  let wire: Wire | undefined;
  try {
    return await bounded(bounds, async () => {
      wire = new Wire(place);
      await logIn(wire, place.access);
      const info = await wire.ask('INFO', 'replication');
      return readBacklog(wire, parseReplication(parseInfo(info)), most);
    });
  } finally {
    wire?.close();
  }
}

async function logIn(wire: Wire, access: Access | null): Promise<void> {
  if (!access?.login) return;
  const { user, password } = access.login;
  await wire.ask('AUTH', ...(user === null ? [] : [user]), password.reveal());
}

async function readBacklog(
  wire: Wire,
  replication: ReplicationInfo,
  most: number,
): Promise<readonly Command[] | null> {
  const { id, offset, backlog, link } = replication;
  const from = Math.max(backlog.firstByteOffset, offset + 1 - most);
  const bytes = offset + 1 - from;
  const canAnswer = predictResync({ id, next: from }, replication).kind === 'partial';
  if (!canAnswer || bytes <= 0 || link?.up === false) return null;
  // Sentinel passes over a replica without a port that has a name for an address.
  await wire.ask('REPLCONF', 'listening-port', '0');
  await wire.ask('REPLCONF', 'ip-address', 'rrepl');
  const answer = await wire.ask('PSYNC', id, String(from));
  if (!answer.startsWith('CONTINUE')) return null;
  return alignedToEnd(await wire.read(bytes));
}

/** One connection without a client library: what follows PSYNC is no reply. */
class Wire {
  readonly #socket: Socket;
  readonly #name: string;
  #chunks: Buffer[] = [];
  #held = 0;
  #ended: Error | undefined;
  #wake: () => void = () => {};

  constructor({ name, host, port, access }: StreamPlace) {
    this.#name = name;
    const { authority } = access ?? {};
    this.#socket = authority
      ? connectTls({ host, port, ca: authority.certificate, servername: name })
      : connectPlain({ host, port });
    this.#socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#held += chunk.length;
      this.#wake();
    });
    this.#socket.on('error', (error) => this.#end(error.message));
    this.#socket.on('close', () => this.#end('the server closed the connection'));
  }

  #end(reason: string): void {
    this.#ended ??= new NoReplyError(`no stream from ${this.#name}: ${reason}`);
    this.#wake();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** A status, or a bulk string's text. Rejects with `ReplyError` for an error. */
  async ask(...words: string[]): Promise<string> {
    const sent = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    this.#socket.write(`*${words.length}\r\n${sent.join('')}`);
    let line = '';
    // Empty lines keep the link alive while the server is busy.
    while (line === '') line = await this.#readLine();
    if (line.startsWith('-')) throw new ReplyError(line.slice(1));
    if (!line.startsWith('$')) return line.slice(1);
    const text = await this.read(Number(line.slice(1)) + 2);
    return text.toString('utf8', 0, text.length - 2);
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
    this.#chunks = [all.subarray(bytes)];
    this.#held -= bytes;
    return all.subarray(0, bytes);
  }

  #gather(): Buffer {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
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
