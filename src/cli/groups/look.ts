import { command } from '../command.js';
import { ENGINE, TARGET } from '../flags.js';

const NODE = 'a node, `master` or `replica`';

/** Looking at what is there. */
export const LOOK = {
  status: command({
    about: 'ask every node for its role, link, offset and lag',
    flags: [...TARGET, 'show-secrets', 'watch', 'exit-code', 'json'],
    examples: ['status', 'status --watch'],
    run: async ({ context, options }) =>
      (await import('../commands/status.js')).statusCommand(context, options),
  }),
  why: command({
    about: "explain a node's last synchronisation and what the next would be, or the next election",
    argument: ['[node]', NODE],
    flags: [...TARGET, 'election', 'json'],
    examples: ['why redis-2', 'why master', 'why --election', 'why --election sentinel-2'],
    run: async ({ context, options, argument: node }) =>
      (await import('../commands/why.js')).whyCommand(context, { ...options, node }),
  }),
  ls: command({
    about: 'list the topologies of this engine',
    flags: [...ENGINE, 'json'],
    examples: ['ls'],
    run: async ({ context, options }) =>
      (await import('../commands/ls.js')).lsCommand(context, options),
  }),
  logs: command({
    about: 'print the log of a node, or of every node',
    argument: ['[node]', NODE],
    flags: [...TARGET, 'follow', 'tail'],
    examples: ['logs', 'logs master --follow', 'logs redis-2 --tail 20'],
    run: async ({ context, options, argument: node }) =>
      (await import('../commands/logs.js')).logsCommand(context, { ...options, node }),
  }),
  tap: command({
    about: 'show every write as the master replicates it, until interrupted',
    flags: [...TARGET, 'match', 'key', 'json'],
    words: { json: 'print a JSON document a line' },
    examples: ['tap', "tap --match 'user:*'", 'tap --key cart:7 --json'],
    run: async ({ context, options }) =>
      (await import('../commands/tap.js')).tapCommand(context, options),
  }),
  top: command({
    about: 'show which commands and key prefixes fill the backlog',
    flags: [...TARGET, 'for', 'json'],
    examples: ['top', 'top --for 10s --json'],
    run: async ({ context, options }) =>
      (await import('../commands/top.js')).topCommand(context, options),
  }),
  cli: command({
    about: 'open redis-cli on a node (default: the master), or run one command',
    argument: ['[node]', NODE],
    usage: '[options] [node] [-- arguments for redis-cli]',
    flags: TARGET,
    examples: ['cli', 'cli redis-2 -- INFO replication'],
    run: async ({ context, options, argument: node, rest: args }) =>
      (await import('../commands/cli.js')).cliCommand(context, { ...options, node, args }),
  }),
  env: command({
    about: 'print the addresses as NAME=value lines',
    flags: [...TARGET, 'show-secrets', 'json'],
    examples: ['env > .env', 'env --json'],
    run: async ({ context, options }) =>
      (await import('../commands/env.js')).envCommand(context, options),
  }),
  addresses: command({
    about: 'print where clients reach every node, from this host and from containers',
    flags: [...TARGET, 'client', 'check', 'show-secrets', 'json'],
    examples: ['addresses', 'addresses --check', 'addresses --client ioredis'],
    run: async ({ context, options }) =>
      (await import('../commands/addresses.js')).addressesCommand(context, options),
  }),
  door: command({
    about: 'an address that always leads to the current master, until interrupted',
    flags: [...TARGET, 'port', 'replica', 'show-secrets'],
    words: { port: 'its port on 127.0.0.1 (default: 6380, or one that is free)' },
    examples: ['door', 'door --replica --port 7001'],
    run: async ({ context, options }) =>
      (await import('../commands/door.js')).doorCommand(context, options),
  }),
  password: command({
    about: 'print the password of a secured topology',
    flags: TARGET,
    examples: ['password'],
    run: async ({ context, options }) =>
      (await import('../commands/access.js')).passwordCommand(context, options),
  }),
  ca: command({
    about: 'print the certificate that vouches for its servers, to trust them',
    flags: TARGET,
    examples: ['ca > ca.crt'],
    run: async ({ context, options }) =>
      (await import('../commands/access.js')).caCommand(context, options),
  }),
} as const;
