import type { About } from '../errors.js';

/** What a check of the doctor found. */
export interface Finding {
  /** `engine`, `image`, `huge-pages`. */
  readonly id: string;
  /** `warn`: it works, and may bite. `fail`: `rrepl up` can't work. */
  readonly condition: 'ok' | 'warn' | 'fail';
  readonly seen: string;
  /** What to do about it; null where all is well, or where the error says what went wrong. */
  readonly remedy: string | null;
  readonly error?: unknown;
  /** Whose code says what to do. */
  readonly about?: About;
}

export const ok = (id: string, seen: string): Finding => ({
  id,
  condition: 'ok',
  seen,
  remedy: null,
});

export const warn = (id: string, seen: string, remedy: string): Finding => ({
  id,
  condition: 'warn',
  seen,
  remedy,
});

export const warnAbout = (id: string, seen: string, about: About): Finding => ({
  id,
  condition: 'warn',
  seen,
  remedy: null,
  about,
});

export const fail = (id: string, seen: string, remedy: string): Finding => ({
  id,
  condition: 'fail',
  seen,
  remedy,
});

export const failure = (id: string, error: unknown): Finding => ({
  id,
  condition: 'fail',
  seen: error instanceof Error ? error.message : String(error),
  remedy: null,
  error,
});
