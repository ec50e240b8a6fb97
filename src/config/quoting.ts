/**
 * How Redis reads and writes one line of redis.conf: the words, quotes and escapes of
 * `sdssplitargs` (redis, src/sds.c). Text is taken apart as UTF-8 bytes, as Redis does,
 * so that `"\xc3\xa9"` and `é` are the same value.
 */

/** A line that Redis would refuse. The message is a sentence without the line. */
export class QuotingError extends Error {
  override readonly name = 'QuotingError';
}

const SPACE = /[ \t\n\v\f\r]/;
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  a: '\x07',
};

interface Scan {
  /** What the quoted part stands for, as bytes. */
  readonly value: string;
  /** The position behind the closing quote. */
  readonly end: number;
}

/**
 * The arguments of one line, unquoted. An empty line has none.
 * @throws QuotingError on unbalanced quotes, on text glued to a closing quote, and on
 *   escapes that don't spell UTF-8.
 */
export function splitArgs(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const args: string[] = [];
  let at = skipSpaces(bytes, 0);
  while (at < bytes.length) {
    const word = scanWord(bytes, at);
    args.push(decode(word.value));
    at = skipSpaces(bytes, word.end);
  }
  return args;
}

/** The value as `splitArgs` reads it back: bare if it can be, else in double quotes. */
export function quoteArg(value: string): string {
  if (/^[\w.:/@%+,=*~^|-]+$/.test(value)) return value;
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * The first character that a value may not hold, as `U+000A`, or null. Redis could
 * read some of them from an escape, but CONFIG REWRITE, logs and terminals mangle them.
 */
export function findControlCharacter(value: string): string | null {
  const found = /\p{Cc}/u.exec(value)?.[0].codePointAt(0);
  return found === undefined ? null : `U+${found.toString(16).toUpperCase().padStart(4, '0')}`;
}

function skipSpaces(bytes: string, from: number): number {
  let at = from;
  while (SPACE.test(bytes.charAt(at))) at += 1;
  return at;
}

/** A quote may open in the middle of a word, but the one that closes it ends the word. */
function scanWord(bytes: string, from: number): Scan {
  let value = '';
  let at = from;
  while (at < bytes.length && !/[ \n\r\t]/.test(bytes.charAt(at))) {
    const char = bytes.charAt(at);
    if (char === '"' || char === "'") {
      const quoted =
        char === '"' ? scanDoubleQuoted(bytes, at + 1) : scanSingleQuoted(bytes, at + 1);
      if (quoted.end < bytes.length && !SPACE.test(bytes.charAt(quoted.end))) {
        throw new QuotingError(
          'a closing quote must be followed by a space or the end of the line',
        );
      }
      return { value: value + quoted.value, end: quoted.end };
    }
    value += char;
    at += 1;
  }
  return { value, end: at };
}

function scanDoubleQuoted(bytes: string, from: number): Scan {
  let value = '';
  for (let at = from; at < bytes.length; at += 1) {
    const char = bytes.charAt(at);
    if (char === '"') return { value, end: at + 1 };
    const hex = /^\\x([0-9a-f]{2})/i.exec(bytes.slice(at, at + 4))?.[1];
    if (hex !== undefined) {
      value += String.fromCharCode(Number.parseInt(hex, 16));
      at += 3;
    } else if (char === '\\' && at + 1 < bytes.length) {
      at += 1;
      value += ESCAPES[bytes.charAt(at)] ?? bytes.charAt(at);
    } else {
      value += char;
    }
  }
  throw new QuotingError('a double quote is opened and never closed');
}

function scanSingleQuoted(bytes: string, from: number): Scan {
  let value = '';
  for (let at = from; at < bytes.length; at += 1) {
    if (bytes.charAt(at) === "'") return { value, end: at + 1 };
    if (bytes.startsWith("\\'", at)) at += 1;
    value += bytes.charAt(at);
  }
  throw new QuotingError('a single quote is opened and never closed');
}

function decode(bytes: string): string {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return decoder.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    throw new QuotingError('the escapes of a value must spell UTF-8 text');
  }
}
