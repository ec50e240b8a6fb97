/** A stream as it comes, piece by piece -> its writes, each with its place. */
import { parseCommands } from './commands.js';
import { writtenKeys } from './written-keys.js';

export interface StreamCommand {
  /** Its first and last byte in the stream: after it, `master_repl_offset` is `offset`. */
  readonly begin: number;
  readonly offset: number;
  /** The database that it is in; null until the stream has said it. */
  readonly db: number | null;
  /** In capitals: `SET`. */
  readonly command: string;
  /** The keys that it writes. */
  readonly keys: readonly Buffer[];
  /** All that follows its name. */
  readonly args: readonly Buffer[];
  /** The number of the transaction that it is in, from MULTI to EXEC; null outside. */
  readonly transaction: number | null;
}

/** Those that change no data: they go with the stream. */
const NO_WRITE: ReadonlySet<string> = new Set(['PING', 'SELECT', 'REPLCONF', 'MULTI', 'EXEC']);

/** What sentinels say to each other by way of the servers they watch is nobody's message. */
const isNoWrite = (command: string, [first]: readonly Buffer[]): boolean =>
  NO_WRITE.has(command) ||
  (command === 'PUBLISH' && first?.toString('latin1') === '__sentinel__:hello');

export class StreamDecoder {
  #next: number;
  #db: number | null;
  #transaction: number | null = null;
  #rest: Buffer[] = [];
  #held = 0;
  #needed = 0;

  /** @param next the offset of the first byte that it is given; a command begins there */
  constructor(next: number, db: number | null = null) {
    this.#next = next;
    this.#db = db;
  }

  /** The database at the end of what was decoded. */
  get db(): number | null {
    return this.#db;
  }

  /** Another one that goes on from here on its own. */
  fork(): StreamDecoder {
    const other = new StreamDecoder(this.#next, this.#db);
    other.#transaction = this.#transaction;
    other.#rest = [...this.#rest];
    other.#held = this.#held;
    return other;
  }

  /** The writes that are whole with this piece. Throws for what is no stream. */
  push(piece: Buffer): StreamCommand[] {
    this.#rest.push(piece);
    this.#held += piece.length;
    if (this.#held < this.#needed) return [];
    const data = this.#rest.length === 1 ? piece : Buffer.concat(this.#rest);
    const { commands, end, open, needed } = parseCommands(data);
    if (!open) throw new Error(`no command at offset ${this.#next + end} of the stream`);
    const base = this.#next;
    const writes = commands.flatMap(({ args: [name, ...args], ...at }) => {
      const command = name?.toString('latin1').toUpperCase() ?? '';
      this.#follow(command, args, base + at.begin);
      if (isNoWrite(command, args)) return [];
      const place = { begin: base + at.begin, offset: base + at.end - 1 };
      const keys = writtenKeys(command, args);
      return [{ ...place, db: this.#db, command, keys, args, transaction: this.#transaction }];
    });
    this.#rest = end === data.length ? [] : [data.subarray(end)];
    this.#held = data.length - end;
    this.#needed = needed - end;
    this.#next += end;
    return writes;
  }

  #follow(command: string, [first]: readonly Buffer[], begin: number): void {
    if (command === 'SELECT') this.#db = Number(first?.toString('latin1'));
    if (command === 'MULTI') this.#transaction = begin;
    if (command === 'EXEC') this.#transaction = null;
  }
}
