/** Commands as a message shows them, to be typed again. */
import { shellWord } from '../format.js';
import { camel, TOPOLOGY_FLAGS, type TopologyFlag, type TopologyFlags } from '../topology/flags.js';

interface Typed extends TopologyFlags {
  readonly host?: string | undefined;
}

/** In the order of the help. */
const ORDER = ['file', 'host', ...Object.keys(TOPOLOGY_FLAGS)] as ('host' | TopologyFlag)[];
const FLAGS = [...new Set(ORDER)].filter((flag) => flag !== 'name');

/** `rrepl up --name shop --image redis:7.0 --set 'save=3600 1'` */
export function commandLine(command: string, name: string, options: Typed): string {
  const flags = FLAGS.flatMap((flag) => {
    const value = options[camel(flag)];
    if (value === undefined) return [];
    if (value === true) return [`--${flag}`];
    return [value].flat().map((it) => `--${flag} ${shellWord(it)}`);
  });
  return [`rrepl ${command} --name ${name}`, ...flags].join(' ');
}
