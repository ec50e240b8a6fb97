/** What went through the door, counted: what its clients asked, what they were answered, when nothing came. Pure. */

import { WriteAccount } from './write-account.js';
import type { WriteBalance } from './write-balance.js';

/** A time without an answer, in milliseconds since the door was opened. */
export interface Silence {
  /** When that was asked for which no answer came, or when a connection in use was cut. */
  readonly fromMs: number;
  /** When the next answer came; null if none did. */
  readonly toMs: number | null;
}

/** Commands that came through a door, and what became of them. */
export interface CommandCounts {
  /** Not SUBSCRIBE, MONITOR and the like, nor what follows them on their connection. */
  readonly sent: number;
  /** Answered, and not refused. Other errors are answers too. */
  readonly answered: number;
  /** Answered with READONLY, LOADING, NOREPLICAS and the like: the server would not do it. */
  readonly refused: number;
  /** Their connection ended before an answer came: nobody knows whether they were done. */
  readonly unanswered: number;
  /** Errors by their first word, refusals among them. */
  readonly errors: Readonly<Record<string, number>>;
}

/** What went through a door so far. */
export interface Traffic {
  readonly connections: {
    readonly opened: number;
    /** Ended by the server's end, or because it was replaced. */
    readonly cut: number;
    /** Ended because no server was there in time. */
    readonly turnedAway: number;
  };
  readonly bytes: { readonly sent: number; readonly received: number };
  /** Null where the stream can't be read: TLS is passed through. */
  readonly commands: CommandCounts | null;
  /** Of 20 ms and more, oldest first; the longest thousand. Null where nothing can be read. */
  readonly silences: readonly Silence[] | null;
}

/** What the server did not do, and might do later or elsewhere. */
const REFUSALS = new Set([
  ...['READONLY', 'LOADING', 'MASTERDOWN', 'NOREPLICAS', 'MISCONF', 'BUSY', 'OOM'],
  ...['CLUSTERDOWN', 'TRYAGAIN', 'UNBLOCKED'],
]);
/** Replicas are not asked to write: their READONLY is an answer. */
const OF_REPLICAS = new Set([...REFUSALS].filter((it) => it !== 'READONLY'));
/** Clients send these by themselves: an answer to them serves no program. */
const HANDSHAKES = new Set([
  ...['HELLO', 'AUTH', 'CLIENT', 'SELECT', 'INFO', 'ROLE', 'COMMAND', 'QUIT', 'RESET'],
]);
/** These may wait for their answer as long as they like. */
const WAITING = new Set([
  ...['BLPOP', 'BRPOP', 'BLMOVE', 'BRPOPLPUSH', 'BLMPOP', 'BZPOPMIN', 'BZPOPMAX', 'BZMPOP'],
  ...['XREAD', 'XREADGROUP', 'WAIT', 'WAITAOF', 'MIGRATE'],
]);
/** After these, what the server sends is not one answer for one command. */
const STREAMING = new Set([
  ...['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE', 'MONITOR', 'SYNC', 'PSYNC', 'CLIENT REPLY'],
]);

export type CommandKind = 'plain' | 'handshake' | 'waiting' | 'streaming';

export function kindOf([name = '', next = '']: readonly string[]): CommandKind {
  const upper = name.toUpperCase();
  if (STREAMING.has(upper) || STREAMING.has(`${upper} ${next.toUpperCase()}`)) return 'streaming';
  if (HANDSHAKES.has(upper)) return 'handshake';
  return WAITING.has(upper) ? 'waiting' : 'plain';
}

/** Shorter ones are the usual way of a command. */
const SILENCE_MS = 20;
const MOST_SILENCES = 1000;
/** A connection that was used so lately belongs to a program that wants something. */
const IN_USE_MS = 1000;

export interface TrafficOptions {
  readonly clock: () => number;
  /** False under TLS: then only bytes and connections are counted. */
  readonly readable: boolean;
  readonly leads: 'master' | 'replica';
}

/** A connection: by its client, by a server that goes on, or because its server died or was replaced. */
export type EndedBy = 'client' | 'server' | 'cut';

export class TrafficCounter {
  readonly #clock: () => number;
  readonly #readable: boolean;
  opened = 0;
  #cut = 0;
  turnedAway = 0;
  bytesSent = 0;
  bytesReceived = 0;
  readonly #refusals: ReadonlySet<string>;
  #sent = 0;
  #answered = 0;
  #refused = 0;
  #unanswered = 0;
  #unread = false;
  readonly #errors = new Map<string, number>();
  readonly #silences: Silence[] = [];
  /** Since when something is asked for in vain. */
  #troubleMs: number | null = null;
  #lastAnswerMs = Number.NEGATIVE_INFINITY;
  readonly #connections = new Set<ConnectionCounter>();

  constructor({ clock, readable, leads }: TrafficOptions) {
    this.#clock = clock;
    this.#readable = readable;
    this.#refusals = leads === 'master' ? REFUSALS : OF_REPLICAS;
  }

  /** @param writes where its writes are accounted for; null: nowhere */
  connection(writes: WriteBalance | null = null): ConnectionCounter {
    this.opened += 1;
    const account = writes && new WriteAccount(writes);
    const connection: ConnectionCounter = new ConnectionCounter(this.#clock, account, {
      sent: () => {
        this.#sent += 1;
      },
      reply: (error, sentMs, kind) => this.#reply(error, sentMs, kind),
      unasked: (error) => this.#erred(error),
      ended: (pending, sinceMs, by) => {
        this.#connections.delete(connection);
        if (by === 'cut') this.#cut += 1;
        this.#unanswered += pending;
        if (sinceMs === null) return;
        // Who hangs up after a while had waited in vain; who hangs up at once didn't wait.
        if (by !== 'client' || this.#clock() - sinceMs >= SILENCE_MS) this.#trouble(sinceMs);
      },
      unread: () => {
        this.#unread = true;
      },
    });
    this.#connections.add(connection);
    return connection;
  }

  #erred(error: string): void {
    this.#errors.set(error, (this.#errors.get(error) ?? 0) + 1);
  }

  #reply(error: string | null, sentMs: number, kind: CommandKind): void {
    const isAsked = kind !== 'handshake' || (error !== 'ERR' && error !== 'NOPROTO');
    // Clients ask older servers in vain for what newer ones have.
    if (error !== null && isAsked) this.#erred(error);
    const now = this.#clock();
    if (error !== null && this.#refusals.has(error)) {
      this.#refused += 1;
      // What may wait for its answer was in no trouble as long as it did.
      if (kind !== 'handshake') this.#trouble(kind === 'plain' ? sentMs : now);
      return;
    }
    this.#answered += 1;
    if (kind === 'handshake') return;
    const askedMs = kind === 'plain' ? Math.max(sentMs, this.#lastAnswerMs) : now;
    this.#note(Math.min(this.#troubleMs ?? now, askedMs), now);
    this.#troubleMs = null;
    this.#lastAnswerMs = now;
  }

  #trouble(sinceMs: number): void {
    this.#troubleMs = Math.min(this.#troubleMs ?? sinceMs, Math.max(sinceMs, this.#lastAnswerMs));
  }

  #note(fromMs: number, toMs: number): void {
    if (toMs - fromMs < SILENCE_MS) return;
    this.#silences.push({ fromMs, toMs });
    if (this.#silences.length <= MOST_SILENCES) return;
    const length = ({ fromMs: from, toMs: to }: Silence) => (to ?? 0) - from;
    const shortest = this.#silences.reduce((a, b) => (length(b) < length(a) ? b : a));
    this.#silences.splice(this.#silences.indexOf(shortest), 1);
  }

  /** As it is now. What is asked for in vain at this moment is a silence without an end. */
  traffic(): Traffic {
    const { opened, turnedAway } = this;
    const isRead = this.#readable && !this.#unread;
    const errors = Object.fromEntries([...this.#errors].sort(([a], [b]) => (a < b ? -1 : 1)));
    const counts = {
      ...{ sent: this.#sent, answered: this.#answered, refused: this.#refused },
      ...{ unanswered: this.#unanswered, errors },
    };
    return {
      connections: { opened, cut: this.#cut, turnedAway },
      bytes: { sent: this.bytesSent, received: this.bytesReceived },
      commands: isRead ? counts : null,
      silences: isRead ? [...this.#silences, ...this.#now()] : null,
    };
  }

  #now(): Silence[] {
    const now = this.#clock();
    const hanging = [...this.#connections].flatMap((it) => it.waitingSinceMs() ?? []);
    const asked = Math.max(Math.min(...hanging), this.#lastAnswerMs);
    const fromMs = Math.min(this.#troubleMs ?? Number.POSITIVE_INFINITY, asked);
    return now - fromMs >= SILENCE_MS ? [{ fromMs, toMs: null }] : [];
  }
}

interface Listener {
  sent(): void;
  reply(error: string | null, sentMs: number, kind: CommandKind): void;
  /** An error that answers no command that is counted. */
  unasked(error: string): void;
  /** @param sinceMs since when its client waits, or wants something; null if it doesn't */
  ended(pending: number, sinceMs: number | null, by: EndedBy): void;
  unread(): void;
}

/** Commands that were sent at one moment, and are of one kind. */
interface Batch {
  readonly sentMs: number;
  readonly kind: CommandKind;
  count: number;
}

/** One connection: which of its commands wait for their answer. */
export class ConnectionCounter {
  readonly #clock: () => number;
  readonly #listener: Listener;
  readonly #account: WriteAccount | null;
  #batches: Batch[] = [];
  #first = 0;
  #streaming = false;
  #lastMs: number | null = null;

  constructor(clock: () => number, account: WriteAccount | null, listener: Listener) {
    this.#clock = clock;
    this.#account = account;
    this.#listener = listener;
  }

  command(words: readonly string[], hashes: readonly number[] | null = null): void {
    const kind = kindOf(words);
    if (kind === 'streaming') this.#streaming = true;
    if (this.#streaming) return;
    this.#listener.sent();
    this.#account?.sent(words, hashes);
    const sentMs = this.#clock();
    if (kind !== 'handshake') this.#lastMs = sentMs;
    const last = this.#batches.at(-1);
    if (last?.sentMs === sentMs && last.kind === kind) last.count += 1;
    else this.#batches.push({ sentMs, kind, count: 1 });
  }

  /** @param line the reply's first */
  reply(line: string): void {
    if (line.startsWith('>')) return;
    const error = line.startsWith('-') ? (/^-(\S+)/.exec(line)?.[1] ?? 'ERR') : null;
    const batch = this.#batches[this.#first];
    if (batch === undefined) {
      if (error !== null) this.#listener.unasked(error);
      return;
    }
    this.#account?.answered(line);
    batch.count -= 1;
    if (batch.count === 0) this.#forget();
    this.#listener.reply(error, batch.sentMs, batch.kind);
  }

  #forget(): void {
    this.#first += 1;
    if (this.#first < 1024 && this.#first < this.#batches.length) return;
    this.#batches = this.#batches.slice(this.#first);
    this.#first = 0;
  }

  unread(): void {
    this.#listener.unread();
  }

  /** Since when a command waits that should not have to; null if none does. */
  waitingSinceMs(): number | null {
    const plain = this.#batches.slice(this.#first).find(({ kind }) => kind === 'plain');
    return plain?.sentMs ?? null;
  }

  now(): number {
    return this.#clock();
  }

  end(by: EndedBy, atMs = this.#clock()): void {
    const waiting = this.#batches.slice(this.#first);
    const pending = waiting.reduce((sum, { count }) => sum + count, 0);
    const isInUse = by === 'cut' && this.#lastMs !== null && atMs - this.#lastMs < IN_USE_MS;
    this.#listener.ended(pending, this.waitingSinceMs() ?? (isInUse ? atMs : null), by);
  }
}
