/** Values of flags: text in, a value or one clear sentence out. */
import { InvalidArgumentError } from 'commander';
import { findControlCharacter } from '../config/quoting.js';
import { durationMs } from '../duration.js';

const DAY_MS = 86_400_000;

/** A time that somebody waits for -> whole milliseconds. */
export function parseDuration(text: string): number {
  const ms = Math.round(durationMs(text) ?? 0);
  if (ms < 1 || ms > DAY_MS) {
    throw new InvalidArgumentError('Give a time such as 500ms, 60s or 5m, at most 24h.');
  }
  return ms;
}

/** How old something is -> milliseconds. */
export function parseAge(text: string): number {
  const ms = durationMs(text);
  if (ms === null) throw new InvalidArgumentError('Give a time such as 30m, 2h or 7d.');
  return ms;
}

export const collect = (value: string, previous: readonly string[] = []): string[] => [
  ...previous,
  value,
];

/** `junit=FILE` -> the format and the file. Several are separated by commas. */
export function parseReports(formats: readonly string[]) {
  return (text: string, previous: Record<string, string> = {}): Record<string, string> => {
    const reports = { ...previous };
    for (const part of text.split(',')) {
      const [format = '', file = ''] = part.split(/=(.*)/s);
      if (!formats.includes(format) || file === '' || findControlCharacter(file) !== null) {
        throw new InvalidArgumentError(`Give FORMAT=FILE; formats: ${formats.join(', ')}.`);
      }
      reports[format] = file;
    }
    return reports;
  };
}

/** A path. Whether something is there is for its reader to say. */
export function parsePath(text: string): string {
  if (text === '' || findControlCharacter(text) !== null) {
    throw new InvalidArgumentError('Give the path of a file.');
  }
  return text;
}

/** A regular expression. */
export function parsePattern(text: string): string {
  if (text === '' || findControlCharacter(text) !== null) {
    throw new InvalidArgumentError('Give a regular expression.');
  }
  return text;
}

/** No part of it may be longer than what a file system takes. */
export function parseFolder(text: string): string {
  if (text.split('/').some((part) => Buffer.byteLength(part) > 255)) {
    throw new InvalidArgumentError('Give the path of a folder.');
  }
  return parsePath(text);
}

/** A key, or a pattern, that a person types. */
export function parseKey(text: string): string {
  if (text === '' || text.length > 255 || findControlCharacter(text) !== null) {
    throw new InvalidArgumentError(
      'Give a key of at most 255 characters, none of them a control character.',
    );
  }
  return text;
}

/** Empty is what a script's unset variable leaves, and no wish for the usual engine. */
export function parseHost(text: string): string {
  if (text === '') throw new InvalidArgumentError('Give an address, or leave --host out.');
  return text;
}

/** A whole number within bounds. */
export function parseCount(least: number, most: number, otherwise = '') {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}${otherwise}.`);
    }
    return value;
  };
}

/** Writes a second, or `max` for as many as possible (null). */
export function parseRate(text: string): number | null {
  return text === 'max' ? null : parseCount(1, 1_000_000, ', or max')(text);
}
