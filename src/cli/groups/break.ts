import { type CommandSpec, command } from '../command.js';
import { type FlagName, TARGET } from '../flags.js';

const ABOUT = {
  kill: 'SIGKILL a node',
  stop: 'stop a node gracefully',
  start: 'start a stopped node',
  restart: 'stop a node gracefully and start it again',
  pause: 'freeze a node: connections stay, nothing is answered',
  unpause: 'wake a paused node',
  disconnect: 'cut a node off its replication links; clients still reach it',
  connect: 'join a node that was cut off',
} as const;

/** One node, one action. */
function action<const F extends FlagName = never>(
  name: keyof typeof ABOUT,
  ...flags: readonly F[]
): CommandSpec {
  return command({
    about: ABOUT[name],
    argument: ['<node>', 'a node, `master` or `replica`'],
    flags: [...TARGET, 'json', ...flags],
    words: { json: 'print the status as JSON' },
    examples: [`${name} redis-2`],
    run: async ({ context, options, argument: node }) =>
      (await import('../commands/node-actions.js')).nodeActionCommand(context, name, {
        ...options,
        node,
      }),
  });
}

/** Breaking it on purpose. */
export const BREAK = {
  kill: action('kill'),
  stop: action('stop'),
  restart: action('restart', 'yes'),
  pause: action('pause'),
  disconnect: action('disconnect'),
} as const;

/** Each undoes what one of these did. */
export const UNDO = {
  start: action('start', 'yes', 'salvage'),
  unpause: action('unpause', 'salvage'),
  connect: action('connect', 'salvage'),
} as const;
