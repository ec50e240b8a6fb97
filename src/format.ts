/** Numbers and texts as people read them. */
import { isUtf8 } from 'node:buffer';

/** A whole number: 1,234,567. `Intl.NumberFormat` alone takes 10 ms to load. */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/** `1 replica`, `2 replicas`; a plural that isn't the noun and an s is given. */
export const plural = (value: number, noun: string, many = `${noun}s`): string =>
  `${count(value)} ${value === 1 ? noun : many}`;

/** Bytes in the units that Redis uses: 1 KB is 1,024 bytes. */
export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let size = value / 1024;
  let unit = 0;
  // What would be rounded up to 1024.0 is the next unit already.
  while (size >= 1023.95 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${size.toFixed(1)} ${units[unit]}`;
}

/** A time that is no more than an estimate. */
export function approximately(seconds: number): string {
  if (seconds < 1) return 'less than a second';
  if (seconds < 100) return `about ${Math.round(seconds)} s`;
  if (seconds < 100 * 60) return `about ${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `about ${Math.round(seconds / 3600)} h`;
  return `about ${count(Math.round(seconds / 86_400))} days`;
}

/** Replication ids as people compare them: by their first eight digits. */
export const shortIds = (text: string): string =>
  text.replace(/\b([0-9a-f]{8})[0-9a-f]{32}\b/g, '$1');

/** The limits are those of the rounded text: never `1000 ms`, never `60.0 s`. */
export function duration(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.max(60, ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

const MAX_QUOTED = 60;

const cut = (text: string): string =>
  text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED - 3)}...` : text;

/** Text of the user's, in quotes so that its ends are seen, and cut where nobody reads on. */
export const quoted = (text: string): string => cut(printable(JSON.stringify(text)));

/** The same without quotes. */
export const oneLine = (text: string): string => cut(oneLineOf(text));

/** All of it. */
export const oneLineOf = (text: string): string => printable(text).replaceAll('\n', '\\n');

/** What others wrote must not move the cursor, change colours or the direction of writing. Line ends stay. */
export const printable = (text: string): string =>
  text.replace(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, (control) => {
    const code = control.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
  });

/** The text of a key; of one that is no UTF-8 each byte that is no ASCII, so that no two look alike. */
export const keyText = (key: Buffer): string =>
  isUtf8(key)
    ? key.toString()
    : key.toString('latin1').replace(/[^ -~]/g, (it) => `\\x${it.charCodeAt(0).toString(16)}`);

/** A word of a command that a user may type as it stands. */
export const shellWord = (text: string): string =>
  /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
