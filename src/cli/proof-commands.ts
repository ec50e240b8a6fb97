import { type Command, Option } from 'commander';
import { parseCount, parseDuration, parseRate, parseReports } from './options.js';
import { command, host, type Invocation, security, wish } from './shared.js';

/** Proving that it replicates. */
export function addProofCommands(program: Command, { context, setExit }: Invocation): void {
  command(program, 'verify', 'prove that the topology replicates; exit code 1 if it does not')
    .option('--json', 'print JSON')
    .option('--report <format=file>', 'also write a report: junit=FILE', parseReports(['junit']))
    .option('--timeout <time>', 'deadline for the whole (default: 60s)', parseDuration)
    .action(async (options) => {
      const { verifyCommand } = await import('../commands/verify.js');
      setExit(await verifyCommand(context, options));
    });
}

/** Breaking it on purpose. */
export function addDrillCommands(program: Command, { context, setExit }: Invocation): void {
  wish(
    command(
      program,
      'kill-master',
      'kill the master under load and account for every acknowledged write',
    ),
  )
    .option('--fresh', 'on a topology of its own, brought up before and removed after')
    .addOption(
      new Option('--recover <way>', 'what follows (default: promote)').choices([
        'promote',
        'restart',
        'none',
      ]),
    )
    .option('--writers <count>', 'connections that write (default: 4)', parseCount(1, 64))
    .option('--rate <writes>', 'writes a second in all, or max (default: max)', parseRate)
    .option('--before <time>', 'load before the kill (default: 2s)', parseDuration)
    .option('--after <time>', 'load after the recovery (default: 3s)', parseDuration)
    .option('--wait <replicas>', 'confirm each write with WAIT (default: 0)', parseCount(0, 50))
    .option(
      '--seed <number>',
      'the same seed writes the same elements (default: 1)',
      parseCount(0, 2 ** 31),
    )
    .option('--max-loss <writes>', 'how many acknowledged writes may be lost', parseCount(0, 1e9))
    .option(
      '--report <format=file>',
      'write reports: json=FILE, junit=FILE, history=FILE (every write, as JSON lines)',
      parseReports(['json', 'junit', 'history']),
    )
    .option('--yes', 'restart even where data would be lost that the drill did not write')
    .option('--json', 'print JSON')
    .action(async (options) => {
      const { killMasterCommand } = await import('../commands/kill-master.js');
      setExit(await killMasterCommand(context, options));
    });
}

/** The library of drills, each on topologies of its own. */
export function addDrillLibrary(program: Command, { context, setExit }: Invocation): void {
  const drill = program
    .command('drill')
    .description('what replication promises, shown on real servers')
    .helpCommand(false);
  drill
    .command('list')
    .description('the drills and what each of them claims')
    .option('--json', 'print JSON, with every step')
    .action(async (options) => {
      const { drillListCommand } = await import('../commands/drill.js');
      setExit(drillListCommand(context, options));
    });
  const play = host(drill.command('run').description('play drills on topologies of their own'))
    .argument('<names...>', 'the drills, or all')
    .option('--image <image>', 'the server (default: redis:6.0)');
  security(play)
    .option(
      '--report <format=file>',
      'write reports: json=FILE, junit=FILE',
      parseReports(['json', 'junit']),
    )
    .option('--json', 'print JSON')
    .action(async (names, options) => {
      const { drillRunCommand } = await import('../commands/drill.js');
      setExit(await drillRunCommand(context, names, options));
    });
}
