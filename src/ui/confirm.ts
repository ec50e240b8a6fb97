import { createInterface } from 'node:readline/promises';
import type { Context } from '../context.js';
import { ConfirmationError } from '../errors.js';

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

/** Works, and where that needs somebody who agrees, asks on the terminal and works again. */
export async function withConsent<T>(
  context: Context,
  yes: boolean,
  work: (yes: boolean) => Promise<T>,
): Promise<T> {
  try {
    return await work(yes);
  } catch (error) {
    if (!(error instanceof ConfirmationError)) throw error;
    if (!(await confirm(context, `${error.message}; ${error.question}`))) throw error;
    return work(true);
  }
}
