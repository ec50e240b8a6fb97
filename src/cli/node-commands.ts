import type { Command } from 'commander';
import { parseDuration } from './options.js';
import { command, type Invocation } from './shared.js';

/** Moving the role, and repairing what a fault left. */
export function addFailoverCommands(program: Command, { context, setExit }: Invocation): void {
  command(program, 'promote', 'fail over to a replica when the master is dead')
    .argument('<node>', 'a replica, or `replica` for the one that is furthest')
    .option('--json', 'print the status as JSON')
    .action(async (node, options) => {
      const { promoteCommand } = await import('../commands/failover.js');
      setExit(await promoteCommand(context, { ...options, node }));
    });
  command(program, 'switchover', 'move the role of a living master without losing a write')
    .argument('[node]', 'the new master (default: the replica that is furthest)')
    .option(
      '--timeout <time>',
      'how long the new master may take to catch up (default: 30s)',
      parseDuration,
    )
    .option('--json', 'print the status as JSON')
    .action(async (node, options) => {
      const { switchoverCommand } = await import('../commands/failover.js');
      setExit(await switchoverCommand(context, { ...options, node }));
    });
  command(program, 'restore', 'put back data that were set aside, or list them')
    .argument('[node]', 'the node on which they are set aside; it becomes the master')
    .option('--discard', 'remove what is set aside on the node instead')
    .option('--yes', 'do it without asking')
    .option('--timeout <time>', 'deadline for the whole (default: 60s)', parseDuration)
    .option('--json', 'print the list, or the status, as JSON')
    .action(async (node = null, options) => {
      const { restoreCommand } = await import('../commands/restore.js');
      setExit(await restoreCommand(context, { ...options, node }));
    });
  command(program, 'reset', 'remove all data and all that was changed since `up`')
    .option('--yes', 'without asking, also where the topology never expires')
    .option('--timeout <time>', 'deadline for the whole (default: 60s)', parseDuration)
    .option('--json', 'print the status as JSON')
    .action(async (options) => {
      const { resetCommand } = await import('../commands/reset.js');
      setExit(await resetCommand(context, options));
    });
  command(
    program,
    'heal',
    'repair what a fault or an interrupted drill left; where the master is lost it fails over',
  )
    .option('--dry-run', 'print what would be done, and do nothing')
    .option('--timeout <time>', 'deadline for the whole (default: 60s)', parseDuration)
    .option('--json', 'print the status as JSON')
    .action(async (options) => {
      const { healCommand } = await import('../commands/heal.js');
      setExit(await healCommand(context, options));
    });
}

/** One node, one action. */
export function addNodeCommands(program: Command, { context, setExit }: Invocation): void {
  const actions = {
    kill: 'SIGKILL a node',
    stop: 'stop a node gracefully',
    start: 'start a stopped node',
    restart: 'stop a node gracefully and start it again',
    pause: 'freeze a node: connections stay, nothing is answered',
    unpause: 'wake a paused node',
    disconnect: 'cut a node off its replication links; clients still reach it',
    connect: 'join a node that was cut off',
  } as const;
  for (const action of Object.keys(actions) as (keyof typeof actions)[]) {
    const added = command(program, action, actions[action])
      .argument('<node>', 'a node, `master` or `replica`')
      .option('--json', 'print the status as JSON');
    if (action === 'start' || action === 'restart') {
      added.option('--yes', 'without asking, also where it costs data that its replicas have');
    }
    added.action(async (node, options) => {
      const { nodeActionCommand } = await import('../commands/node-actions.js');
      setExit(await nodeActionCommand(context, action, { ...options, node }));
    });
  }
}
