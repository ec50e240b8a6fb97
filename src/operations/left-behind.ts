import type { Note } from '../errors.js';

/** What to tell of a topology that could not be removed. */
export function leftBehind(topology: string, trouble: unknown): Note {
  const reason = trouble instanceof Error ? trouble.message : String(trouble);
  return {
    text: `left behind: ${topology} (${reason})`,
    about: { code: 'left-behind', topology, volumes: true },
  };
}
