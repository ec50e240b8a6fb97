/** The flags of all commands, each once: those of topologies, and those of one run of rrepl. */
import { RECOVERIES, RULES } from '../rules.js';
import { type Camel, type FlagSpec, TOPOLOGY_FLAGS, type Typed } from '../topology/flags.js';
import { CLIENTS } from '../ui/client-code.js';
import {
  parseAge,
  parseCount,
  parseDuration,
  parseFolder,
  parseHost,
  parseKey,
  parsePath,
  parsePattern,
  parseRate,
} from './options.js';

export interface CliFlag extends FlagSpec {
  /** From what was typed to its value, or an error that says what is right. */
  readonly parse?: (text: string) => unknown;
  readonly choices?: readonly string[];
  /** It writes files, a format each: what the help says of them. A command says which it has. */
  readonly formats?: Readonly<Record<string, string>>;
  /** Other flags that it can't stand beside. */
  readonly conflicts?: readonly string[];
}

const paths = { parse: parsePath } as const;

export const FLAGS = {
  ...TOPOLOGY_FLAGS,
  file: { ...TOPOLOGY_FLAGS.file, ...paths },
  conf: { ...TOPOLOGY_FLAGS.conf, ...paths },
  template: { ...TOPOLOGY_FLAGS.template, ...paths },
  host: {
    value: '<endpoint>',
    help: 'the Docker engine, as for the docker CLI',
    parse: parseHost,
  },
  debug: { help: 'print stacks of errors' },
  json: { help: 'print JSON' },
  force: { help: 'by hand, where too few sentinels are left to elect anybody' },
  yes: { help: 'do it without asking, also where it costs data' },
  timeout: {
    value: '<time>',
    help: 'deadline for the whole (default: 60s)',
    parse: parseDuration,
  },
  'show-secrets': { help: 'print passwords instead of ***' },
  retain: { help: 'on failure keep what was created, to look at it' },
  volumes: { help: 'remove the volumes too, and the data with them' },
  all: { help: 'every topology of this engine', conflicts: ['name', 'file'] },
  'older-than': {
    value: '<age>',
    help: 'those made this long ago instead, with or without --ttl',
    parse: parseAge,
  },
  watch: { help: 'repeat every second until interrupted' },
  'exit-code': { help: 'end with 1 unless all is well', conflicts: ['watch'] },
  follow: { short: '-F', help: 'go on until interrupted' },
  tail: {
    value: '<lines>',
    short: '-n',
    help: 'only the last lines',
    parse: parseCount(RULES.tail),
  },
  replica: { help: 'lead to the replicas in turn' },
  election: {
    help: 'whom the sentinels promote if the master fails now, with this node gone before',
  },
  fresh: { help: 'on a topology of its own, brought up before and removed after' },
  recover: {
    value: '<way>',
    help: 'what follows (default: sentinel where sentinels watch, else promote)',
    choices: RECOVERIES,
  },
  writers: {
    value: '<count>',
    help: 'connections that write (default: 4)',
    parse: parseCount(RULES.writers),
  },
  rate: {
    value: '<writes>',
    help: 'writes a second in all, or max (default: max)',
    parse: parseRate,
  },
  before: { value: '<time>', help: 'load before the kill (default: 2s)', parse: parseDuration },
  after: { value: '<time>', help: 'load after the recovery (default: 3s)', parse: parseDuration },
  wait: {
    value: '<replicas>',
    help: 'confirm each write with WAIT (default: 0)',
    parse: parseCount(RULES.wait),
  },
  seed: {
    value: '<number>',
    help: 'the same seed writes the same elements (default: 1)',
    parse: parseCount(RULES.seed),
  },
  'max-loss': {
    value: '<writes>',
    help: 'how many acknowledged writes may be lost',
    parse: parseCount(RULES.maxLoss),
  },
  fault: {
    value: '<fault>',
    help: 'FAULT:NODE@TIME+TIME, like kill-master@5s or pause:replica@8s+2s; repeatable',
    many: true,
  },
  when: {
    value: '<pattern>',
    help: "count the faults' times from when the program prints this",
    parse: parsePattern,
  },
  chaos: {
    value: '<time>',
    help: 'faults at random for so long, each undone',
    parse: parseDuration,
  },
  'max-downtime': {
    value: '<time>',
    help: 'how long the program may go without an answer',
    parse: parseDuration,
  },
  'dry-run': { help: 'print what would be done, and do nothing' },
  match: {
    value: '<pattern>',
    help: 'only keys like this, as SCAN matches them',
    parse: parseKey,
  },
  key: { value: '<key>', help: 'only this key', parse: parseKey },
  for: { value: '<time>', help: 'how long to look (default: 5s)', parse: parseDuration },
  salvage: {
    value: '<dir>',
    help: "where writes go that a former master would lose (default: rrepl's state folder, which is said)",
    parse: parseFolder,
  },
  out: { value: '<dir>', help: 'the folder that its files go to', parse: parseFolder },
  conflicts: {
    value: '<way>',
    help: 'keys that the master has changed since (default: skip)',
    choices: ['skip', 'overwrite', 'ask'],
  },
  report: {
    value: '<format=file>',
    help: 'write reports',
    formats: {
      json: 'json=FILE',
      junit: 'junit=FILE',
      history: 'history=FILE (every write, as JSON lines)',
    },
  },
  client: { value: '<client>', help: 'show how this client is told', choices: CLIENTS },
  check: { help: 'dial each of them, from this host and from a container; 1 if one fails' },
  discard: { help: 'remove what is set aside on the node instead' },
} as const satisfies Readonly<Record<string, CliFlag>>;

type Table = typeof FLAGS;

export type FlagName = keyof Table;

type Value<F extends CliFlag> = F extends { parse: (text: string) => infer V }
  ? V
  : F extends { choices: readonly (infer C)[] }
    ? C
    : F extends { formats: infer M }
      ? Readonly<Partial<Record<keyof M, string>>>
      : Typed<F>;

export type ReportFormat = keyof Table['report']['formats'];

/** The options of a command with these flags, as its code gets them. */
export type OptionsOf<F extends FlagName> = {
  readonly [N in F as Camel<N>]?: Value<Table[N]> | undefined;
};

/** Which engine, and how much is told. */
export const ENGINE = ['host', 'debug'] as const satisfies readonly FlagName[];
/** One topology, found by name. */
export const TARGET = ['name', 'file', ...ENGINE] as const;

export type TargetOptions = OptionsOf<(typeof TARGET)[number]>;
export type EngineOptions = OptionsOf<(typeof ENGINE)[number]>;
