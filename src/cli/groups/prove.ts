import { WISHES } from '../../topology/flags.js';
import { command } from '../command.js';
import { ENGINE, TARGET } from '../flags.js';

/** Proving that it replicates. */
export const PROVE = {
  verify: command({
    about: 'prove that the topology replicates; exit code 1 if it does not',
    flags: [...TARGET, 'timeout', 'json'],
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
      ...(['yes', 'json', 'fresh'] as const),
      ...WISHES,
    ],
    words: { yes: 'restart even where data would be lost that the drill did not write' },
    reports: ['json', 'junit', 'history'],
    wishes: 'Only with --fresh, what `up` is to bring up:',
    examples: ['kill-master', 'kill-master --fresh --replicas 3 --wait 1 --max-loss 0'],
    run: async ({ context, options }) =>
      (await import('../commands/kill-master.js')).killMasterCommand(context, options),
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
    flags: [...ENGINE, 'image', 'password', 'user', 'tls', 'json'],
    words: { image: 'the server (default: redis:6.0)' },
    reports: ['json', 'junit'],
    examples: ['drill run split-brain', 'drill run all --report junit=drills.xml'],
    run: async ({ context, options, argument: names }) =>
      (await import('../commands/drill.js')).drillRunCommand(context, names, options),
  }),
} as const;
