import { WISHES } from '../../topology/flags.js';
import { command } from '../command.js';
import { ENGINE, TARGET } from '../flags.js';

/** Of what moves the master's role. */
const planOf = <const A extends '<node>' | '[node]'>(name: 'promote' | 'switchover', argument: A) =>
  command({
    about: `print what \`${name}\` would do and why; changes nothing`,
    argument: [argument, 'the next master; `replica` for the one that is furthest'],
    flags: [...TARGET, 'json'],
    examples: [`plan ${name} redis-2`],
    run: async ({ context, options, argument: node }) =>
      (await import('../commands/plan.js')).planFailoverCommand(context, name, {
        ...options,
        node,
      }),
  });

/** Making topologies and taking them down. */
export const SET_UP = {
  up: command({
    about: 'bring a topology up and wait until every replica is in sync',
    flags: [...TARGET, ...WISHES, 'master', 'salvage', 'timeout', 'show-secrets', 'retain', 'json'],
    words: { json: 'print the result as JSON' },
    examples: ['up', 'up --replicas 3 --image redis:7.0', 'up --set appendonly=yes --ttl 30m'],
    run: async ({ context, options }) =>
      (await import('../commands/up.js')).upCommand(context, options),
  }),
  plan: command({
    about: 'print what `up` would do and why; changes nothing',
    flags: [...TARGET, ...WISHES, 'master', 'json'],
    examples: ['plan', 'plan --replicas 5', 'plan --json'],
    run: async ({ context, options }) =>
      (await import('../commands/plan.js')).planCommand(context, options),
  }),
  'plan promote': planOf('promote', '<node>'),
  'plan switchover': planOf('switchover', '[node]'),
  scale: command({
    about: 'add or remove replicas of a topology that is there, live',
    argument: ['<replicas>', 'how many it is to have'],
    flags: [...TARGET, 'timeout', 'json'],
    words: { json: 'print the result as JSON' },
    examples: ['scale 4'],
    run: async ({ context, options, argument: replicas }) =>
      (await import('../commands/scale.js')).scaleCommand(context, { ...options, replicas }),
  }),
  down: command({
    about: 'stop and remove a topology; its data volumes are kept',
    flags: [...TARGET, 'volumes', 'all', 'yes', 'json'],
    words: { yes: 'take all down without asking', json: 'print what was taken down as JSON' },
    examples: ['down', 'down --volumes', 'down --all --yes'],
    run: async ({ context, options }) =>
      (await import('../commands/down.js')).downCommand(context, options),
  }),
  prune: command({
    about: 'remove the topologies whose --ttl has passed',
    flags: [...ENGINE, 'older-than', 'yes', 'json'],
    words: {
      yes: 'remove without asking; off a terminal nothing is removed without it',
      json: 'print what was found as JSON, and remove it with --yes only',
    },
    examples: ['prune', 'prune --older-than 7d --yes'],
    run: async ({ context, options }) =>
      (await import('../commands/prune.js')).pruneCommand(context, options),
  }),
  doctor: command({
    about: 'whether `up` can work here, and what may fail later',
    flags: [...TARGET, ...WISHES, 'json'],
    wishes: 'What `up` is to bring up:',
    examples: ['doctor', 'doctor --replicas 20 --port 7000'],
    run: async ({ context, options }) =>
      (await import('../commands/doctor.js')).doctorCommand(context, options),
  }),
  init: command({
    about: 'write an annotated rrepl.yaml into this folder',
    flags: ['debug'],
    examples: ['init'],
    run: async ({ context }) => (await import('../commands/init.js')).initCommand(context),
  }),
  render: command({
    about: 'print the redis.conf of a node, or of every node',
    argument: ['[node]', 'a node by its name'],
    flags: [...TARGET, ...WISHES],
    examples: ['render redis-2', 'render --set maxmemory=100mb'],
    run: async ({ context, options, argument: node }) =>
      (await import('../commands/render.js')).renderCommand(context, {
        ...options,
        ...(node !== undefined && { node }),
      }),
  }),
} as const;
