/**
 * Commands as a replication stream and the appended part of an AOF hold them: arrays of bulk
 * strings (RESP), one behind the other. Pure.
 */

export interface Command {
  /** Its name first, in the case in which it was sent. */
  readonly args: readonly Buffer[];
  /** Where it begins and ends in what was parsed. */
  readonly begin: number;
  readonly end: number;
}

export interface Parsed {
  readonly commands: readonly Command[];
  /** Behind the last command that is whole. */
  readonly end: number;
  /** What follows may be the beginning of one more; else it is no command. */
  readonly open: boolean;
}

const STAR = 0x2a;
const DOLLAR = 0x24;
const HASH = 0x23;
const NEWLINE = 0x0a;

/** Reads commands from `begin` on. Times that an AOF may hold as comments (7.0) are passed over. */
export function parseCommands(data: Buffer, begin = 0): Parsed {
  const commands: Command[] = [];
  let at = begin;
  while (at < data.length) {
    const next = data[at] === HASH ? afterLine(data, at) : readCommand(data, at);
    if (typeof next === 'string') return { commands, end: at, open: next === 'open' };
    if (typeof next === 'number') at = next;
    else {
      commands.push(next);
      at = next.end;
    }
  }
  return { commands, end: at, open: true };
}

/**
 * The commands of a piece of stream that may begin within one, and ends with one. The first of
 * them may be none: a value can look like a command. Null if it can't be read so.
 */
export const alignedToEnd = (data: Buffer): readonly Command[] | null =>
  align(data, ({ end }) => end === data.length);

/** The same of a piece that may end within a command too, as an AOF does whose server was killed. */
export const alignedWithin = (data: Buffer): readonly Command[] | null =>
  align(data, ({ open, commands }) => open && commands.length > 0);

function align(data: Buffer, fits: (parsed: Parsed) => boolean): readonly Command[] | null {
  for (let at = data.indexOf(STAR); at >= 0; at = data.indexOf(STAR, at + 1)) {
    const parsed = parseCommands(data, at);
    if (fits(parsed)) return parsed.commands;
  }
  return null;
}

/** The command that begins here, or whether more bytes could make it one. */
function readCommand(data: Buffer, begin: number): Command | 'open' | 'broken' {
  const count = readCount(data, begin, STAR);
  if (typeof count === 'string') return count;
  if (count.value < 1) return 'broken';
  const args: Buffer[] = [];
  let at = count.end;
  for (let left = count.value; left > 0; left -= 1) {
    const length = readCount(data, at, DOLLAR);
    if (typeof length === 'string') return length;
    const end = length.end + length.value;
    if (end + 2 > data.length) return 'open';
    if (data[end] !== 0x0d || data[end + 1] !== NEWLINE) return 'broken';
    args.push(data.subarray(length.end, end));
    at = end + 2;
  }
  return { args, begin, end: at };
}

/** The longest number that a server writes has 19 digits. */
const MAX_LINE = 24;

function readCount(data: Buffer, at: number, sign: number) {
  if (at >= data.length) return 'open';
  if (data[at] !== sign) return 'broken';
  const line = data.toString('latin1', at + 1, at + 1 + MAX_LINE);
  const [whole, digits] = /^(\d+)\r\n/.exec(line) ?? [];
  if (whole !== undefined) return { value: Number(digits), end: at + 1 + whole.length };
  const cut = at + 1 + line.length === data.length && /^\d*\r?$/.test(line);
  return cut ? 'open' : 'broken';
}

function afterLine(data: Buffer, at: number): number | 'open' {
  const end = data.indexOf(NEWLINE, at);
  return end < 0 ? 'open' : end + 1;
}
