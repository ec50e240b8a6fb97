import { command } from '../command.js';
import { TARGET } from '../flags.js';
import { UNDO } from './break.js';

/** Moving the role, and repairing what a fault left. */
export const MEND = {
  heal: command({
    about:
      'repair what a fault or an interrupted drill left; where the master is lost it fails over',
    flags: [...TARGET, 'dry-run', 'salvage', 'timeout', 'json'],
    words: { json: 'print the status, or the plan, as JSON' },
    examples: ['heal', 'heal --dry-run'],
    run: async ({ context, options }) =>
      (await import('../commands/heal.js')).healCommand(context, options),
  }),
  promote: command({
    about: 'fail over to a replica when the master is dead',
    argument: ['<node>', 'a replica, or `replica` for the one that is furthest'],
    flags: [...TARGET, 'salvage', 'json'],
    words: { json: 'print the status as JSON' },
    examples: ['promote replica', 'promote redis-2'],
    run: async ({ context, options, argument: node }) =>
      (await import('../commands/failover.js')).promoteCommand(context, { ...options, node }),
  }),
  switchover: command({
    about: 'move the role of a living master without losing a write',
    argument: ['[node]', 'the new master (default: the replica that is furthest)'],
    flags: [...TARGET, 'timeout', 'json'],
    words: {
      timeout: 'how long the new master may take to catch up (default: 30s)',
      json: 'print the status as JSON',
    },
    examples: ['switchover', 'switchover redis-2'],
    run: async ({ context, options, argument: node }) =>
      (await import('../commands/failover.js')).switchoverCommand(context, {
        ...options,
        ...(node !== undefined && { node }),
      }),
  }),
  restore: command({
    about: 'put back data that were set aside, or list them',
    argument: ['[node]', 'the node on which they are set aside; it becomes the master'],
    flags: [...TARGET, 'discard', 'yes', 'timeout', 'json'],
    words: { json: 'print the list, or the status, as JSON' },
    examples: ['restore', 'restore redis-1'],
    run: async ({ context, options, argument: node = null }) =>
      (await import('../commands/restore.js')).restoreCommand(context, { ...options, node }),
  }),
  salvage: command({
    about: "save a former master's writes that the new one lacks, before it becomes a replica",
    argument: ['<node>', 'the former master, running or not'],
    flags: [...TARGET, 'out', 'timeout', 'json'],
    examples: ['salvage redis-1 --out ./lost'],
    run: async ({ context, options, argument: node }) =>
      (await import('../commands/salvage.js')).salvageCommand(context, { ...options, node }),
  }),
  'salvage apply': command({
    about: 'put salvaged writes into the new master: what conflicts with nothing',
    argument: ['<file>', 'the salvage.jsonl'],
    flags: [...TARGET, 'conflicts', 'timeout', 'json'],
    examples: [
      'salvage apply lost/salvage.jsonl',
      'salvage apply lost/salvage.jsonl --conflicts ask',
    ],
    run: async ({ context, options, argument: path }) =>
      (await import('../commands/salvage.js')).applyCommand(context, { ...options, path }),
  }),
  reset: command({
    about: 'remove all data and all that was changed since `up`',
    flags: [...TARGET, 'yes', 'timeout', 'json'],
    words: {
      yes: 'do it without asking, also where the topology never expires',
      json: 'print the status as JSON',
    },
    examples: ['reset', 'reset --yes'],
    run: async ({ context, options }) =>
      (await import('../commands/reset.js')).resetCommand(context, options),
  }),
  ...UNDO,
} as const;
