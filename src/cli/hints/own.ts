/** What to type next, of an error that says so itself. Apart from the table, which only an error that is shown loads. */
import type { RreplError } from '../../errors.js';

const OWN = new WeakMap<RreplError, string>();

/** For an error of the CLI's own, which no library meets: about a flag, or a command. */
export function hinted<E extends RreplError>(error: E, hint: string): E {
  OWN.set(error, hint);
  return error;
}

export const ownHint = (error: RreplError): string | undefined => OWN.get(error);
