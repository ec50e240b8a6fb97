import type { Command } from 'commander';
import { parseCount } from './options.js';
import { command, host, type Invocation, SHOW_SECRETS, target, wish } from './shared.js';

/** Looking at what is there. */
export function addLookCommands(program: Command, { context, setExit, rest }: Invocation): void {
  command(program, 'status', 'ask every node for its role, link, offset and lag')
    .option('--show-secrets', SHOW_SECRETS)
    .option('--exit-code', 'end with 1 unless all is well')
    .option('--watch', 'repeat every second until interrupted')
    .option('--json', 'print JSON')
    .action(async (options) => {
      const { statusCommand } = await import('../commands/status.js');
      setExit(await statusCommand(context, options));
    });
  command(program, 'why', "explain a node's last synchronisation, and what the next would be")
    .argument('<node>', 'a node, `master` or `replica`')
    .option('--json', 'print JSON')
    .action(async (node, options) => {
      const { whyCommand } = await import('../commands/why.js');
      setExit(await whyCommand(context, { ...options, node }));
    });
  host(program.command('ls').description('list the topologies of this engine'))
    .option('--json', 'print JSON')
    .action(async (options) => {
      const { lsCommand } = await import('../commands/ls.js');
      setExit(await lsCommand(context, options));
    });
  wish(command(program, 'doctor', 'whether `up` can work here, and what may bite later'))
    .option('--json', 'print JSON')
    .action(async (options) => {
      const { doctorCommand } = await import('../commands/doctor.js');
      setExit(await doctorCommand(context, options));
    });
  // Here -f follows, as in every program that prints logs, so --file has no short form.
  target(program, 'logs', 'print the log of a node, or of every node', '--file <file>')
    .argument('[node]', 'a node, `master` or `replica`')
    .option('-f, --follow', 'go on until interrupted')
    .option('-n, --tail <lines>', 'only the last lines', parseCount(0, 9_999_999))
    .action(async (node, options) => {
      const { logsCommand } = await import('../commands/logs.js');
      setExit(await logsCommand(context, { ...options, node }));
    });
  command(program, 'cli', 'open redis-cli on a node (default: the master), or run one command')
    .argument('[node]', 'a node, `master` or `replica`')
    .usage('[options] [node] [-- arguments for redis-cli]')
    .action(async (node, options) => {
      const { cliCommand } = await import('../commands/cli.js');
      setExit(await cliCommand(context, { ...options, node, args: rest }));
    });
  command(program, 'env', 'print the addresses as NAME=value lines')
    .option('--show-secrets', SHOW_SECRETS)
    .option('--json', 'print JSON')
    .action(async (options) => {
      const { envCommand } = await import('../commands/env.js');
      setExit(await envCommand(context, options));
    });
}

/** What clients of a secured topology need. */
export function addAccessCommands(program: Command, { context, setExit }: Invocation): void {
  command(program, 'password', 'print the password of a secured topology').action(
    async (options) => {
      const { passwordCommand } = await import('../commands/access.js');
      setExit(await passwordCommand(context, options));
    },
  );
  command(
    program,
    'ca',
    'print the certificate that vouches for its servers, to trust them',
  ).action(async (options) => {
    const { caCommand } = await import('../commands/access.js');
    setExit(await caCommand(context, options));
  });
}
