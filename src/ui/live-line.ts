/** Lines on stderr with one under them that changes: on a terminal; elsewhere it is left out. */

export interface LiveLine {
  /** A line that stays. */
  write(text: string): void;
  /** What the last line says from now on. */
  update(text: string): void;
  /** Clears the last line. */
  end(): void;
}

const CLEAR = '\r\x1b[K';

export function liveLine({
  stderr,
  env,
}: {
  readonly stderr: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>;
  readonly env: NodeJS.ProcessEnv;
}): LiveLine {
  const live = Boolean(stderr.isTTY && !env.CI && env.TERM !== 'dumb');
  let last = '';
  const clear = () => (last === '' ? '' : CLEAR);
  return {
    write(text) {
      stderr.write(`${clear()}${text}\n${last}`);
    },
    update(text) {
      if (!live) return;
      stderr.write(`${clear()}${text}`);
      last = text;
    },
    end() {
      if (last !== '') stderr.write(CLEAR);
      last = '';
    },
  };
}
