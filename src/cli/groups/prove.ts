import { WISHES } from '../../topology/flags.js';
import { command } from '../command.js';
import { ENGINE, TARGET } from '../flags.js';

/** Proving that it replicates. */
export const PROVE = {
  verify: command({
    about: 'prove that the topology replicates; exit code 1 if it does not',
    flags: [...TARGET, 'timeout', 'json', 'report'],
    reports: ['junit'],
    examples: ['verify', 'verify --report junit=verify.xml'],
    run: async ({ context, options }) =>
      (await import('../commands/verify.js')).verifyCommand(context, options),
  }),
  'kill-master': command({
    about: 'kill the master under load and account for every acknowledged write',
    flags: [
      ...TARGET,
      ...(['recover', 'writers', 'rate', 'before', 'after', 'wait', 'seed', 'max-loss'] as const),
      ...(['yes', 'salvage', 'json', 'fresh', 'report'] as const),
      ...WISHES,
    ],
    words: { yes: 'restart even where data would be lost that the drill did not write' },
    reports: ['json', 'junit', 'history'],
    wishes: 'Only with --fresh, what `up` is to bring up:',
    examples: ['kill-master', 'kill-master --fresh --replicas 3 --wait 1 --max-loss 0'],
    run: async ({ context, options }) =>
      (await import('../commands/kill-master.js')).killMasterCommand(context, options),
  }),
  run: command({
    about: "run a program of one's own against a topology, and break that meanwhile",
    usage: '[options] -- COMMAND [ARGUMENTS]',
    flags: [
      ...TARGET,
      ...(['fault', 'when', 'chaos', 'seed', 'recover', 'max-loss', 'max-downtime'] as const),
      ...(['salvage', 'json', 'timeout', 'report'] as const),
      ...WISHES,
    ],
    words: {
      name: 'one that is there, or the name of the one to make (default: one of its own)',
      seed: 'the same seed plays the same --chaos (default: a new one)',
      recover: 'what follows kill-master (default: sentinel where sentinels watch, else promote)',
      timeout: 'deadline for bringing it up (default: 60s)',
      json: 'print the report as JSON; what the program prints goes to stderr then',
    },
    reports: ['json', 'junit'],
    wishes: 'What is brought up for it, and removed after:',
    examples: [
      'run -- npm test',
      'run --fault kill-master@5s --max-downtime 2s -- node app.js',
      'run --chaos 30s --seed 7 -- ./my-tests',
    ],
    run: async ({ context, options, rest }) =>
      (await import('../commands/run.js')).runTheCommand(context, options, rest),
  }),
  'drill list': command({
    about: 'the drills and what each of them claims',
    flags: ['json'],
    words: { json: 'print JSON, with every step' },
    examples: ['drill list'],
    run: async ({ context, options }) =>
      (await import('../commands/drill.js')).drillListCommand(context, options),
  }),
  'drill run': command({
    about: 'play drills on topologies of their own',
    argument: ['<names...>', 'drills, files of your own (./my-drill.mjs), or all'],
    flags: [...ENGINE, 'image', 'password', 'user', 'tls', 'json', 'report'],
    words: { image: 'the server (default: redis:6.0)' },
    reports: ['json', 'junit'],
    examples: ['drill run split-brain', 'drill run all --report junit=drills.xml'],
    run: async ({ context, options, argument: names }) =>
      (await import('../commands/drill.js')).drillRunCommand(context, names, options),
  }),
} as const;
