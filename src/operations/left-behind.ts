import type { Note } from '../errors.js';

const reasonOf = (trouble: unknown): string =>
  trouble instanceof Error ? trouble.message : String(trouble);

/** What to tell of a topology that could not be removed. */
export function leftBehind(topology: string, trouble: unknown): Note {
  return {
    text: `left behind: ${topology} (${reasonOf(trouble)})`,
    about: { code: 'left-behind', topology, volumes: true },
  };
}

/** What to tell of a topology that could not be healed. */
export const leftBroken = (topology: string, trouble: unknown): Note => ({
  text: `left broken: ${reasonOf(trouble)}`,
  about: { code: 'left-broken', topology },
});
