/** The protocol (RESP2): commands as bytes, and replies out of bytes that come in any pieces. Pure. */

/** What a server refuses with, in its own words. Within an array it stands among the other replies. */
export class ErrorReply {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Reply = string | number | null | ErrorReply | Reply[];

export function encodeCommand(words: readonly (string | number)[]): string {
  let text = `*${words.length}\r\n`;
  for (const word of words) {
    const value = String(word);
    text += `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
  }
  return text;
}

/** An array of which not all has come. */
interface Open {
  readonly items: Reply[];
  readonly length: number;
}

const NOTHING = Buffer.alloc(0);

export class ReplyReader {
  readonly #onReply: (reply: Reply) => void;
  readonly #open: Open[] = [];
  #rest: Buffer = NOTHING;
  /** How many bytes are needed before it is worth looking again. */
  #needed = 0;

  constructor(onReply: (reply: Reply) => void) {
    this.#onReply = onReply;
  }

  /** Throws for what is no reply. */
  push(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.#rest.length < this.#needed) return;
    this.#needed = 0;
    const data = this.#rest;
    let at = 0;
    for (;;) {
      const next = this.#readOne(data, at);
      if (next === null) break;
      at = next;
    }
    this.#needed = Math.max(0, this.#needed - at);
    this.#rest = at === data.length ? NOTHING : data.subarray(at);
  }

  /** Returns where the next one begins, null if this one is not whole. */
  #readOne(data: Buffer, at: number): number | null {
    const end = data.indexOf('\r\n', at);
    if (end < 0) return null;
    const kind = String.fromCharCode(data[at] ?? 0);
    const text = data.toString('utf8', at + 1, end);
    const next = end + 2;
    if (kind === '$' && text !== '-1') {
      const after = next + lengthIn(text) + 2;
      if (after > data.length) {
        this.#needed = after;
        return null;
      }
      this.#take(data.toString('utf8', next, after - 2));
      return after;
    }
    const length = kind === '*' && text !== '-1' ? lengthIn(text) : 0;
    if (length > 0) this.#open.push({ items: [], length });
    else this.#take(wholeReply(kind, text));
    return next;
  }

  #take(reply: Reply): void {
    let whole = reply;
    for (let open = this.#open.at(-1); open !== undefined; open = this.#open.at(-1)) {
      open.items.push(whole);
      if (open.items.length < open.length) return;
      this.#open.pop();
      whole = open.items;
    }
    this.#onReply(whole);
  }
}

function lengthIn(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`no length: ${JSON.stringify(text.slice(0, 80))}`);
  return Number(text);
}

function wholeReply(kind: string, text: string): Reply {
  if (kind === '+') return text;
  if (kind === ':') return Number(text);
  if (kind === '-') return new ErrorReply(text);
  if (text === '-1' && (kind === '*' || kind === '$')) return null;
  if (kind === '*') return [];
  throw new Error(`no reply of Redis: ${JSON.stringify(kind + text).slice(0, 80)}`);
}
