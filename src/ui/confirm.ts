import { createInterface } from 'node:readline/promises';
import type { Context } from '../context.js';

/** Asks on a terminal; off one, and under CI, the answer is no. */
export async function confirm(
  { stdin, stderr, env, signal }: Context,
  question: string,
): Promise<boolean> {
  if (!stdin.isTTY || !stderr.isTTY || env.CI) return false;
  const terminal = createInterface({ input: stdin, output: stderr });
  // Ctrl-C and Ctrl-D close it; a question that was asked then is never answered.
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    const answer = terminal.question(`${question} [y/N] `, { signal });
    return /^y(es)?$/i.test((await Promise.race([answer, closed])).trim());
  } finally {
    terminal.close();
  }
}
