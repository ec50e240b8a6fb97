/** The options that commands share. */
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { collect, parseHost, parsePath } from './options.js';

/** One run of the program. */
export interface Invocation {
  readonly context: Context;
  readonly setExit: (code: number) => void;
  /** What followed `--`, for redis-cli. */
  readonly rest: readonly string[];
}

export const SHOW_SECRETS = 'print passwords instead of ***';

/** A command on one topology, which it finds by name. */
export function target(program: Command, name: string, description: string, file: string): Command {
  return host(program.command(name).description(description))
    .option('--name <name>', 'the topology (default: "default")')
    .option(file, 'rrepl.yaml to read (default: ./rrepl.yaml if it is there)', parsePath);
}

export const command = (program: Command, name: string, description: string): Command =>
  target(program, name, description, '-f, --file <file>');

export function host(program: Command): Command {
  return program
    .option('--host <endpoint>', 'the Docker engine, as for the docker CLI', parseHost)
    .option('--debug', 'print stacks of errors');
}

/** What is wanted: the flags of `up`, and of all that tell what `up` would do. */
export function wish(program: Command): Command {
  const shape = program
    .option('--replicas <count>', 'how many replicas (default: as many as there are, else 2)')
    .option('--image <image>', 'the server (default: what the nodes run, else redis:6.0)')
    .option('--port <port>', "the master's port; replicas take the next (default: 6381)");
  return security(shape)
    .option('--set <directive=value>', 'a redis.conf directive; repeatable', collect)
    .option('--conf <file>', 'redis.conf directives from a file', parsePath)
    .option('--template <file>', 'another template for redis.conf', parsePath)
    .option('--restart <policy>', 'no, on-failure, always or unless-stopped (default: no)')
    .option('--memory <size>', 'most memory of a container, like 256mb')
    .option('--cpus <share>', 'most processors of a container, like 0.5')
    .option('--bind <address>', 'publish the ports on this address (default: 127.0.0.1)')
    .option('--insecure', 'allow --bind beyond this machine without a password')
    .option('--ttl <age>', 'let `rrepl prune` remove what is made after this time, like 30m')
    .option('--dir <path>', 'keep configuration and data in this folder instead of volumes');
}

/** Who is let in, and over what. */
export function security(program: Command): Command {
  return program
    .option('--password <source>', 'clients log in with it: auto, - (stdin), env:NAME or file:PATH')
    .option('--user <user>', 'clients log in as this ACL user; the default user is off')
    .option('--tls', 'TLS for clients and replication, with certificates made for it');
}
