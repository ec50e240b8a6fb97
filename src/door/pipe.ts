/** One client's connection through the door: bytes both ways, with back-pressure, read along to count them. */
import { connect, type Socket } from 'node:net';
import { reset } from './reset.js';
import { RespReader } from './resp.js';
import type { ConnectionCounter, EndedBy, TrafficCounter } from './traffic.js';
import type { WriteBalance } from './write-balance.js';

export interface Target {
  readonly node: string;
  readonly host: string;
  readonly port: number;
}

export interface Pipe {
  readonly node: string;
  /** Ends it at once: its server is dead, or is what it was no more. */
  cut(): void;
  /** Ends it because the door closes. */
  close(): void;
  readonly closed: Promise<void>;
}

export interface PipeOptions {
  /** Whether the bytes can be read: not under TLS. */
  readonly readable: boolean;
  /** Where it is told what the server acknowledges. */
  readonly writes?: WriteBalance | null | undefined;
  /** Asked when the server has ended it: whether that is the server's own end. */
  readonly isLost: () => Promise<boolean>;
  /** The server answered that it is a replica. */
  readonly onReadOnly?: (() => void) | undefined;
}

/** For a client that doesn't read what its server had answered before the end. */
const LAST_WORDS_MS = 50;

/** Joins a client to a server. Resolves when the server has accepted; rejects if it didn't. */
export async function openPipe(
  client: Socket,
  target: Target,
  traffic: TrafficCounter,
  { readable, writes = null, isLost, onReadOnly }: PipeOptions,
): Promise<Pipe> {
  const server = await connected(target);
  if (client.destroyed) {
    server.destroy();
    throw new Error('the client has gone');
  }
  const counter = traffic.connection(writes);
  const { commands, replies } = readersFor(counter, {
    readable,
    hashing: writes !== null,
    onReadOnly,
  });
  let ended = false;
  let said = false;
  const end = (by: EndedBy, isReset = by === 'cut', atMs?: number): void => {
    if (ended) return;
    ended = true;
    counter.end(by, atMs);
    server.destroy();
    finish(client, isReset);
  };
  forward(client, server, (chunk) => {
    traffic.bytesSent += chunk.length;
    commands?.read(chunk);
  });
  forward(server, client, (chunk) => {
    traffic.bytesReceived += chunk.length;
    replies?.read(chunk);
  });
  client.on('end', () => {
    said = true;
    server.end();
  });
  client.on('error', () => end('client')).on('close', () => end('client'));
  server.on('error', () => {});
  server.on('close', async () => {
    if (said) end('client');
    const atMs = counter.now();
    if (!ended) end((await isLost()) ? 'cut' : 'server', undefined, atMs);
  });
  client.resume();
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  return { node: target.node, cut: () => end('cut'), close: () => end('client', true), closed };
}

function connected({ host, port }: Target): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const server = connect({ host, port, noDelay: true });
    server.once('error', reject);
    server.once('connect', () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

function forward(from: Socket, to: Socket, look: (chunk: Buffer) => void): void {
  from.on('data', (chunk: Buffer) => {
    look(chunk);
    if (!to.write(chunk)) from.pause();
  });
  to.on('drain', () => from.resume());
}

function readersFor(
  counter: ConnectionCounter,
  {
    readable,
    hashing,
    onReadOnly,
  }: Pick<PipeOptions, 'readable' | 'onReadOnly'> & { readonly hashing: boolean },
) {
  if (!readable) return { commands: null, replies: null };
  const commands = new RespReader(true, (it) => counter.command(it.words, it.hashes), hashing);
  const replies = new RespReader(false, ({ line }) => {
    counter.reply(line);
    if (line.startsWith('-READONLY')) onReadOnly?.();
  });
  return { commands, replies };
}

/** What was answered before the end still reaches the client; then its connection is reset. */
function finish(client: Socket, isReset: boolean): void {
  if (!isReset) {
    client.end();
    return;
  }
  if (client.writableLength === 0) {
    reset(client);
    return;
  }
  const timer = setTimeout(() => reset(client), LAST_WORDS_MS);
  client.write('', () => {
    clearTimeout(timer);
    reset(client);
  });
}
