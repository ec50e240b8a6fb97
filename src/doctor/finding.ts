/** What a check of the doctor found. */
export interface Finding {
  /** `engine`, `image`, `huge-pages`. */
  readonly id: string;
  /** `warn`: it works, and may bite. `fail`: `rrepl up` can't work. */
  readonly condition: 'ok' | 'warn' | 'fail';
  readonly seen: string;
  /** What to do about it; null where all is well. */
  readonly remedy: string | null;
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

export const fail = (id: string, seen: string, remedy: string): Finding => ({
  id,
  condition: 'fail',
  seen,
  remedy,
});

/** Never empty: a failure without a way on is none. */
export function failure(id: string, error: unknown): Finding {
  const seen = error instanceof Error ? error.message : String(error);
  const hint = error instanceof Error && 'hint' in error ? error.hint : undefined;
  return fail(id, seen, typeof hint === 'string' ? hint : 'run again with --debug');
}
