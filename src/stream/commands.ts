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
  /** Without so many bytes in all, nothing more can be read: asking again is of no use before. */
  readonly needed: number;
}

const STAR = 0x2a;
const DOLLAR = 0x24;
const HASH = 0x23;
const RETURN = 0x0d;
const NEWLINE = 0x0a;
const ZERO = 0x30;
const NINE = 0x39;

/** Reads commands from `begin` on. Times that an AOF may hold as comments (7.0) are passed over. */
export function parseCommands(data: Buffer, begin = 0): Parsed {
  const commands: Command[] = [];
  let at = begin;
  while (at < data.length) {
    const next: Command | Passed | Open | 'broken' =
      data[at] === HASH ? afterLine(data, at) : readCommand(data, at);
    if (next === 'broken') return { commands, end: at, open: false, needed: at };
    if ('needed' in next) return { commands, end: at, open: true, needed: next.needed };
    if (next.args !== null) commands.push(next);
    at = next.end;
  }
  return { commands, end: at, open: true, needed: at + 1 };
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
  // Whoever begins with a later command of these ends where they do.
  const inVain = new Set<number>();
  for (let at = data.indexOf(STAR); at >= 0; at = data.indexOf(STAR, at + 1)) {
    if (inVain.has(at)) continue;
    const parsed = parseCommands(data, at);
    if (fits(parsed)) return parsed.commands;
    for (const { begin } of parsed.commands) inVain.add(begin);
  }
  return null;
}

/** What is no command, and ends here. */
interface Passed {
  readonly args: null;
  readonly end: number;
}

/** It may be whole with so many bytes in all. */
interface Open {
  readonly needed: number;
}

/** The command that begins here, or whether more bytes could make it one. */
function readCommand(data: Buffer, begin: number): Command | Open | 'broken' {
  const count = readCount(data, begin, STAR);
  if (count === 'broken' || 'needed' in count) return count;
  if (count.value < 1) return 'broken';
  const args: Buffer[] = [];
  let at = count.end;
  for (let left = count.value; left > 0; left -= 1) {
    const length = readCount(data, at, DOLLAR);
    if (length === 'broken' || 'needed' in length) return length;
    const end = length.end + length.value;
    if (end + 2 > data.length) return { needed: end + 2 };
    if (data[end] !== RETURN || data[end + 1] !== NEWLINE) return 'broken';
    args.push(data.subarray(length.end, end));
    at = end + 2;
  }
  return { args, begin, end: at };
}

/** The longest number that a server writes. */
const MAX_DIGITS = 19;

function readCount(
  data: Buffer,
  begin: number,
  sign: number,
): { readonly value: number; readonly end: number } | Open | 'broken' {
  if (begin < data.length && data[begin] !== sign) return 'broken';
  let value = 0;
  for (let at = begin + 1; at < data.length; at += 1) {
    const byte = data[at] as number;
    const digits = at - begin - 1;
    if (byte === RETURN && digits > 0) {
      if (at + 1 === data.length) break;
      return data[at + 1] === NEWLINE ? { value, end: at + 2 } : 'broken';
    }
    if (byte < ZERO || byte > NINE || digits === MAX_DIGITS) return 'broken';
    value = value * 10 + byte - ZERO;
  }
  return { needed: data.length + 1 };
}

function afterLine(data: Buffer, at: number): Passed | Open {
  const end = data.indexOf(NEWLINE, at);
  return end < 0 ? { needed: data.length + 1 } : { args: null, end: end + 1 };
}
