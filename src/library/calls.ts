/** What the public calls take besides what they are called on: the types, and the rules that hold them. */
import type { StatusWish } from '../live/status.js';
import type { AddressesInput } from '../operations/addresses.js';
import type { DoorInput } from '../operations/door.js';
import type { DownWish } from '../operations/down.js';
import type { KillMasterInput } from '../operations/kill-master.js';
import type { LogsInput } from '../operations/logs.js';
import type { OperationOptions } from '../operations/operation.js';
import type { RunInput } from '../operations/run-command.js';
import type { TapInput } from '../operations/tap.js';
import { oneOf, RULES, type Rule, wholeNumber } from '../rules.js';
import { TOPOLOGY_RULES, type TopologyInput } from '../topology/input.js';

/** What the calls take that find the engine. */
export interface LibraryOptions extends OperationOptions {
  /** Endpoint of the Docker engine; else DOCKER_HOST and the docker CLI's context say it. */
  readonly host?: string | undefined;
}

/** How the topology that is there is found. */
export type AttachOptions = LibraryOptions;

/** The topology that is wanted, and how it is brought up. */
export interface UpOptions extends TopologyInput, LibraryOptions {
  /** On failure keep what was created, to look at it. */
  readonly retain?: boolean | undefined;
}

/** What a drill is played on. */
export interface DrillOptions extends LibraryOptions {
  /** Of every node; redis:6.0 if it isn't said. */
  readonly image?: string | undefined;
}

/** `yes`: do it also where it costs data. */
export interface AgreedOptions extends OperationOptions {
  readonly yes?: boolean | undefined;
}

/** How the failover drill is played: as the flags of `rrepl kill-master` say, all optional. */
export interface KillMasterOptions
  extends OperationOptions,
    Pick<KillMasterInput, 'wait' | 'recover' | 'writers' | 'maxLoss' | 'seed'> {
  /** Writes a second of all writers together; null, and if it isn't said: as many as they can. */
  readonly rate?: number | null | undefined;
  /** Milliseconds of load before the kill; 2000 if it isn't said. */
  readonly before?: number | undefined;
  /** Milliseconds of load after the recovery; 3000 if it isn't said. */
  readonly after?: number | undefined;
  /** With `recover: 'restart'`: restart also where data would be lost that the drill did not write. */
  readonly yes?: boolean | undefined;
}

/** A program of one's own, and the faults that it goes through: as the flags of `rrepl run` say. */
export interface RunOptions
  extends OperationOptions,
    Pick<RunInput, 'command' | 'faults' | 'when' | 'seed' | 'recover' | 'maxLoss'> {
  /** Milliseconds of faults at random, beside `faults`. */
  readonly chaos?: number | undefined;
  /** For how many milliseconds the program may go without an answer. */
  readonly maxDowntime?: number | undefined;
  /** What it finds in its environment, beside the addresses; this program's own if it isn't said. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly cwd?: string | undefined;
}

/** What `status` shows. */
export interface StatusOptions extends StatusWish, OperationOptions {}
/** What `addresses` shows, and whether it tries it. */
export interface AddressesOptions extends Omit<AddressesInput, 'topology'>, OperationOptions {}
/** Whose lines, and how many. */
export interface LogsOptions extends Pick<LogsInput, 'node' | 'tail'>, OperationOptions {}
/** Where the door is, and whom it leads to. */
export interface DoorOptions extends Omit<DoorInput, 'topology'>, OperationOptions {}
/** Whom the writes are told to. */
export interface TapOptions extends Omit<TapInput, 'topology'>, OperationOptions {}
/** Whether the data go too. */
export interface DownOptions extends DownWish, OperationOptions {}

export type Rules = Readonly<Record<string, Rule>>;
type RulesOf<T> = { readonly [K in keyof T]-?: Rule };

const TEXT: Rule = {
  words: 'text that is not empty',
  allows: (value) => typeof value === 'string' && value !== '',
};
const NODE: Rule = { ...TEXT, words: 'the name of a node, `master` or `replica`' };
const NUMBER: Rule = { words: 'a number', allows: (value) => typeof value === 'number' };
const SWITCH: Rule = {
  words: 'true or false',
  allows: (value) => typeof value === 'boolean',
};
const SIGNAL: Rule = { words: 'an AbortSignal', allows: (it) => it instanceof AbortSignal };
const FUNCTION: Rule = { words: 'a function', allows: (value) => typeof value === 'function' };
const DRILL: Rule = { words: 'a drill, as defineDrill makes it', allows: isDrill };

const orNull = ({ words, allows }: Rule): Rule => ({
  words: `${words}, or null`,
  allows: (value) => value === null || allows(value),
});

const optional = ({ words, allows }: Rule): Rule => ({
  words,
  allows: (value) => value === undefined || allows(value),
});

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isListOfText(value: unknown): boolean {
  return Array.isArray(value) && value.every((it) => typeof it === 'string');
}

function isCommand(value: unknown): boolean {
  return isListOfText(value) && (value as readonly string[])[0] !== undefined;
}

/** Drills of another copy of rrepl are known by their shape. */
function isDrill(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { name, acts } = value as { readonly name?: unknown; readonly acts?: unknown };
  return typeof name === 'string' && Array.isArray(acts);
}

const RUN: RulesOf<OperationOptions> = {
  signal: SIGNAL,
  timeoutMs: { ...RULES.timeMs, words: `${RULES.timeMs.words} (a day, in milliseconds)` },
  onEvent: FUNCTION,
  salvageTo: TEXT,
};
const ENGINE: RulesOf<LibraryOptions> = { ...RUN, host: TEXT };
const AGREED: RulesOf<AgreedOptions> = { ...RUN, yes: SWITCH };
const UP: RulesOf<UpOptions> = { ...TOPOLOGY_RULES, ...ENGINE, retain: SWITCH };
const DRILLED: RulesOf<DrillOptions> = { ...ENGINE, image: TEXT };
const STATUS: RulesOf<StatusOptions> = { ...RUN, showSecrets: SWITCH };
const ADDRESSES: RulesOf<AddressesOptions> = { ...STATUS, check: SWITCH };
const LOGS: RulesOf<LogsOptions> = { ...RUN, node: NODE, tail: RULES.tail };
const TAP: RulesOf<TapOptions> = {
  ...RUN,
  onWrites: { ...FUNCTION, needed: true },
  onTap: FUNCTION,
};
const DOWN: RulesOf<DownOptions> = { ...RUN, volumes: SWITCH };
const DOOR: RulesOf<DoorOptions> = {
  ...RUN,
  port: wholeNumber(0, 65_535),
  leads: oneOf(['master', 'replica']),
  holdMs: wholeNumber(0, 86_400_000),
};
const KILL_MASTER: RulesOf<KillMasterOptions> = {
  ...AGREED,
  wait: RULES.wait,
  recover: RULES.recover,
  writers: RULES.writers,
  maxLoss: RULES.maxLoss,
  seed: RULES.seed,
  rate: orNull(RULES.rate),
  before: RULES.timeMs,
  after: RULES.timeMs,
};
const PROGRAM: RulesOf<RunOptions> = {
  ...RUN,
  command: { words: 'a list: the program and its arguments', allows: isCommand, needed: true },
  faults: { words: 'a list of texts, such as pause:replica@8s+2s', allows: isListOfText },
  when: TEXT,
  seed: RULES.seed,
  recover: RULES.recover,
  maxLoss: RULES.maxLoss,
  chaos: RULES.timeMs,
  maxDowntime: RULES.timeMs,
  env: { words: 'an object of variables', allows: isObject, secret: true },
  cwd: TEXT,
};

interface CallRules {
  /** Of the arguments before the options. */
  readonly named: Rules;
  readonly options: Rules;
}

const taking = (options: object, named: Rules = {}): CallRules => ({
  named,
  options: options as Rules,
});

const onNode = taking(AGREED, { node: NODE });
const nextMaster = taking(RUN, { node: optional(NODE) });

export const CALLS = {
  up: taking(UP),
  attach: taking(ENGINE, { name: TEXT }),
  runDrill: taking(DRILLED, { drill: DRILL }),
  status: taking(STATUS),
  verify: taking(RUN),
  why: taking(RUN, { node: NODE }),
  scale: taking(RUN, { replicas: NUMBER }),
  switchover: nextMaster,
  promote: nextMaster,
  heal: taking(RUN),
  reset: taking(AGREED),
  killMaster: taking(KILL_MASTER),
  run: taking(PROGRAM),
  restore: onNode,
  discard: onNode,
  setAsides: taking(RUN),
  kill: onNode,
  stop: onNode,
  start: onNode,
  restart: onNode,
  pause: onNode,
  unpause: onNode,
  disconnect: onNode,
  connect: onNode,
  logs: taking(LOGS),
  door: taking(DOOR),
  tap: taking(TAP),
  salvage: taking(RUN, { node: NODE, out: TEXT }),
  access: taking(RUN),
  addresses: taking(ADDRESSES),
  down: taking(DOWN),
} as const satisfies Readonly<Record<string, CallRules>>;

export type CallName = keyof typeof CALLS;
