/**
 * Commands in a message work when they are typed as they stand: they name the topology, the file,
 * the folder and the engine as the command did that the message is about. Pure.
 */

import { printable, shellWord } from '../format.js';
import { COMMANDS } from './groups/index.js';

/** What else says which topology is meant, only where it is wished for. */
const OF_UP = ['--file', '--dir'];

/** @param argv what was typed after `rrepl` */
export function withTyped(text: string, argv: readonly string[]): string {
  return text.replace(/`rrepl ([a-z-]+)([^`]*)`/g, (whole, command: string, rest: string) => {
    if (!findsByName(command) || rest.endsWith(' --help')) return whole;
    // What follows `--` is redis-cli's.
    const [own = '', passed = ''] = rest.split(/(?<=^|[^-]) -- (.*)/s);
    const flags = ['--name', ...(command === 'up' ? OF_UP : []), '--host'].flatMap((flag) => {
      const value = typedValue(argv, flag);
      // Nothing is called what can't be shown as it is.
      return value === undefined || value !== printable(value) || own.includes(`${flag} `)
        ? []
        : [` ${flag} ${shellWord(value)}`];
    });
    return `\`rrepl ${command}${own}${flags.join('')}${passed && ` -- ${passed}`}\``;
  });
}

const findsByName = (command: string): boolean =>
  Object.values(COMMANDS).some((group) => group[command]?.flags.includes('name'));

function typedValue(argv: readonly string[], flag: string): string | undefined {
  const end = argv.indexOf('--');
  const typed = end === -1 ? argv : argv.slice(0, end);
  const names = flag === '--file' ? [flag, '-f'] : [flag];
  const at = typed.findLastIndex((word) => names.includes(word));
  const joined = typed.findLast((word) => word.startsWith(`${flag}=`));
  return at === -1 ? joined?.slice(flag.length + 1) : typed[at + 1];
}
