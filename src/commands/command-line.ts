/** Commands as a message shows them, to be typed again. */
import { shellWord } from '../format.js';
import type { TopologyFlags } from '../topology/settings.js';

/** Flags that say which topology is meant and what is wished for it. */
const FLAGS = [
  ...([
    'file',
    'host',
    'replicas',
    'image',
    'port',
    'password',
    'user',
    'tls',
    'set',
    'conf',
  ] as const),
  ...(['template', 'restart', 'memory', 'cpus', 'bind', 'insecure', 'ttl', 'dir'] as const),
];

interface Typed extends TopologyFlags {
  readonly host?: string | undefined;
}

/** `rrepl up --name shop --image redis:7.0 --set 'save=3600 1'` */
export function commandLine(command: string, name: string, options: Typed): string {
  const flags = FLAGS.flatMap((flag) => {
    const value = options[flag];
    if (value === undefined || value === false) return [];
    if (value === true) return [`--${flag}`];
    return [value].flat().map((it) => `--${flag} ${shellWord(it)}`);
  });
  return [`rrepl ${command} --name ${name}`, ...flags].join(' ');
}
