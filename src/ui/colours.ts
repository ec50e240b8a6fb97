/** Colour only where a person looks: on a terminal, unless NO_COLOR or FORCE_COLOR say otherwise. */
import { Chalk, type ChalkInstance } from 'chalk';

export type Colours = ChalkInstance;

export function coloursFor(
  stream: { isTTY?: boolean | undefined },
  env: NodeJS.ProcessEnv,
): Colours {
  return new Chalk({ level: wantsColour(stream, env) ? 1 : 0 });
}

/** https://no-color.org and https://force-color.org: a value that isn't empty counts; FORCE_COLOR=0 is off. */
function wantsColour(stream: { isTTY?: boolean | undefined }, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return stream.isTTY === true && env.TERM !== 'dumb';
}
