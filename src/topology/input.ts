/** The wish of a program: as rrepl.yaml and the flags would say it, as values instead of text. */
import { Readable } from 'node:stream';
import { InvalidTopologyError, inInput, type Problem, wrongWords } from '../errors.js';
import { oneOf, type Rule } from '../rules.js';
import type { TopologyFlags } from './flags.js';
import { type LoadContext, loadScale, loadWish, type Wish } from './load.js';
import { isPasswordSource } from './password.js';
import { valueText } from './schema.js';
import { show } from './schema-complaints.js';
import { RESTART_POLICIES } from './topology.js';

type Scalar = string | number | boolean;

/** Nothing in it is needed. What isn't said stays as it is on a topology that is there. */
export interface TopologyInput {
  /** Lower-case letters, digits and `-`, at most 40. */
  readonly name?: string | undefined;
  /** A container image (default: redis:6.0). */
  readonly image?: string | undefined;
  /** How many replicas beside the master (default: 2). */
  readonly replicas?: number | undefined;
  /** How many sentinels watch the master and fail over (default: none). */
  readonly sentinels?: number | undefined;
  /** How many of them must find the master down (default: most of them). */
  readonly quorum?: number | undefined;
  /** How long a master must be silent to be down for a sentinel, like `500ms` (default: 1s). */
  readonly downAfter?: string | undefined;
  /** The master's port on the host; the replicas take the next (default: the first free ones from 6381). */
  readonly port?: number | undefined;
  /** Where the password comes from: `auto` makes one up, `env:NAME` or `file:PATH`. */
  readonly password?: string | undefined;
  /** The ACL user that clients log in as; the default user is off then. */
  readonly user?: string | undefined;
  /** TLS for clients and replication, with certificates made for the topology. */
  readonly tls?: true | undefined;
  /** redis.conf directives, as in rrepl.yaml: `{ maxmemory: '100mb', save: ['3600 1', '300 100'] }`. */
  readonly config?: Readonly<Record<string, Scalar | readonly Scalar[]>> | undefined;
  /** Path of a redis.conf whose directives come before `config`. */
  readonly conf?: string | undefined;
  /** Path of another template for redis.conf. */
  readonly template?: string | undefined;
  /** When the engine starts a server again that has ended (default: no). */
  readonly restart?: 'no' | 'on-failure' | 'always' | 'unless-stopped' | undefined;
  /** Most memory of a container, like `256mb`. */
  readonly memory?: string | undefined;
  /** Most processors of a container, like 0.5. */
  readonly cpus?: number | undefined;
  /** The address that the ports are published on (default: 127.0.0.1). */
  readonly bind?: string | undefined;
  /** A range of IPv4 addresses that the subnets of its networks come from (default: 198.18.0.0/15). */
  readonly subnets?: string | undefined;
  /** Allow `bind` beyond this machine without a password. */
  readonly insecure?: boolean | undefined;
  /** After this time, like `30m`, `rrepl prune` may remove what is made. */
  readonly ttl?: string | undefined;
  /** A folder of this host for configuration and data, instead of volumes. */
  readonly dir?: string | undefined;
  /** The node whose data lead where the copies contradict each other. */
  readonly master?: string | undefined;
  /** Path of an rrepl.yaml; none is read unless it is named. */
  readonly file?: string | undefined;
}

/** For passwords that a variable holds, and what paths are relative to. */
export type Surroundings = Pick<LoadContext, 'env' | 'cwd'>;

const TEXT: Rule = { words: 'text', allows: (value) => typeof value === 'string' };
const NUMBER: Rule = { words: 'a number', allows: (value) => typeof value === 'number' };
const SWITCH: Rule = { words: 'true or false', allows: (value) => typeof value === 'boolean' };

/** The types of its values: what each may say is for the schema of rrepl.yaml. */
export const TOPOLOGY_RULES: { readonly [K in keyof TopologyInput]-?: Rule } = {
  name: TEXT,
  image: TEXT,
  replicas: NUMBER,
  sentinels: NUMBER,
  quorum: NUMBER,
  downAfter: TEXT,
  port: NUMBER,
  password: {
    words: 'what says where the password comes from: auto, env:NAME or file:PATH',
    allows: isPasswordSource,
    secret: true,
  },
  user: TEXT,
  tls: { words: 'true, or be left out', allows: (value) => value === true },
  config: { words: 'an object of directives and their values', allows: isPlainObject },
  conf: TEXT,
  template: TEXT,
  restart: oneOf(RESTART_POLICIES),
  memory: TEXT,
  cpus: NUMBER,
  bind: TEXT,
  subnets: TEXT,
  insecure: SWITCH,
  ttl: TEXT,
  dir: TEXT,
  master: TEXT,
  file: TEXT,
};

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * @param problems what is known to be wrong with keys of the input: they are told with the rest
 * @throws InvalidTopologyError with all that is wrong, by the names of the input's keys
 */
export function loadInput(
  said: TopologyInput,
  surroundings: Surroundings,
  problems: readonly Problem[] = [],
): Promise<Wish> {
  const wrong = new Set(problems.map(({ source }) => source));
  const right: TopologyInput = Object.fromEntries(
    Object.entries(said).filter(([key]) => !wrong.has(key)),
  );
  const { config = {}, replicas, sentinels, quorum, port, cpus, insecure, ...rest } = right;
  const { set, problems: ofConfig } = directivesIn(config);
  const flags: TopologyFlags = {
    ...rest,
    ...numbers({ replicas, sentinels, quorum, port, cpus }),
    insecure: insecure || undefined,
    ...(set.length > 0 && { set }),
  };
  return withProblems(() => loadWish(flags, alone(surroundings)), [...problems, ...ofConfig]);
}

const SCALARS: readonly string[] = ['string', 'number', 'boolean'];

/** As texts like `maxmemory=100mb`. */
function directivesIn(config: Readonly<Record<string, unknown>>) {
  const set: string[] = [];
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(config)) {
    const values = [value].flat();
    const wrong = values.find((it) => !SCALARS.includes(typeof it));
    if (values.length > 0 && wrong === undefined && !values.includes(undefined)) {
      set.push(...values.map((it) => `${name}=${valueText(it as Scalar)}`));
      continue;
    }
    const found = show(values.length === 0 ? [] : wrong);
    const message = `${name} must be text, a number, true, false or a list of these, not ${found}`;
    if (value !== undefined) problems.push({ ...inInput('config'), message });
  }
  return { set, problems };
}

/** @throws InvalidTopologyError if it can't have so many */
export const loadReplicas = (
  name: string,
  replicas: number,
  surroundings: Surroundings,
): Promise<Wish> => loadScale({ name, replicas: String(replicas) }, alone(surroundings));

const numbers = (values: Readonly<Record<string, number | undefined>>) =>
  Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, String(value)]],
    ),
  );

/** A program says all it wishes: no variable of ours and no file speaks for it unless it is named. */
const alone = ({ env, cwd }: Surroundings): LoadContext => ({
  env: Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('RREPL_'))),
  cwd,
  stdin: Readable.from([]),
  findFile: false,
});

/** What is known to be wrong is told with the rest. */
async function withProblems(
  load: () => Promise<Wish>,
  problems: readonly Problem[],
): Promise<Wish> {
  if (problems.length === 0) return load();
  const more = await load().then(
    () => [],
    (error) => {
      if (error instanceof InvalidTopologyError) return error.problems;
      throw error;
    },
  );
  throw wrongWords([...problems, ...more]);
}
