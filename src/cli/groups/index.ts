import type { CommandSpec } from '../command.js';
import { BREAK } from './break.js';
import { LOOK } from './look.js';
import { MEND } from './mend.js';
import { PROVE } from './prove.js';
import { SET_UP } from './set-up.js';

/** Every command by what is typed, in the groups of the help. */
export const COMMANDS: Readonly<Record<string, Readonly<Record<string, CommandSpec>>>> = {
  'Set up': SET_UP,
  Look: LOOK,
  Prove: PROVE,
  Break: BREAK,
  Mend: MEND,
};
