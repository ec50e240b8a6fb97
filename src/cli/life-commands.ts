import { type Command, Option } from 'commander';
import { parseAge, parseDuration } from './options.js';
import { command, host, type Invocation, SHOW_SECRETS, wish } from './shared.js';

const leading = (program: Command): Command =>
  program.option('--master <node>', 'the node whose data lead, where no server and no disk tells');

/** Bringing a topology up and taking it down. */
export function addLifeCommands(program: Command, { context, setExit }: Invocation): void {
  leading(
    wish(command(program, 'up', 'bring a topology up and wait until every replica is in sync')),
  )
    .option('--timeout <time>', 'deadline for the whole (default: 60s)', parseDuration)
    .option('--show-secrets', SHOW_SECRETS)
    .option('--retain', 'on failure keep what was created, to look at it')
    .option('--json', 'print the result as JSON')
    .action(async (options) => {
      const { upCommand } = await import('../commands/up.js');
      setExit(await upCommand(context, options));
    });
  command(program, 'scale', 'add or remove replicas of a topology that is there, live')
    .argument('<replicas>', 'how many it is to have')
    .option('--timeout <time>', 'deadline for the whole (default: 60s)', parseDuration)
    .option('--json', 'print the result as JSON')
    .action(async (replicas, options) => {
      const { scaleCommand } = await import('../commands/scale.js');
      setExit(await scaleCommand(context, { ...options, replicas }));
    });
  leading(
    wish(command(program, 'plan', 'print what a command would do and why; changes nothing'))
      .argument('[command]', 'up, promote or switchover (default: up)')
      .argument('[node]', 'the new master (default: the replica that is furthest)'),
  ).action(async (planned, node, options) => {
    const { planCommand } = await import('../commands/plan.js');
    setExit(await planCommand(context, { ...options, planned, node }));
  });
  wish(command(program, 'render', 'print the redis.conf of a node, or of every node'))
    .argument('[node]')
    .action(async (node, options) => {
      const { renderCommand } = await import('../commands/render.js');
      setExit(await renderCommand(context, { ...options, node }));
    });
  command(program, 'down', 'stop and remove a topology; its data volumes are kept')
    .option('--volumes', 'remove the volumes too, and the data with them')
    .addOption(new Option('--all', 'every topology of this engine').conflicts(['name', 'file']))
    .option('--yes', 'take them all down without asking')
    .action(async (options) => {
      const { downCommand } = await import('../commands/down.js');
      setExit(await downCommand(context, options));
    });
  host(program.command('prune').description('remove the topologies whose --ttl has passed'))
    .option(
      '--older-than <age>',
      'those made this long ago instead, with or without --ttl',
      parseAge,
    )
    .option('--yes', 'remove without asking; off a terminal nothing is removed without it')
    .action(async (options) => {
      const { pruneCommand } = await import('../commands/prune.js');
      setExit(await pruneCommand(context, options));
    });
  program
    .command('init')
    .description('write an annotated rrepl.yaml into this folder')
    .option('--debug', 'print stacks of errors')
    .action(async () => {
      const { initCommand } = await import('../commands/init.js');
      setExit(await initCommand(context));
    });
}
