/**
 * What can be said of a topology, each thing once: its flag, its RREPL_ variable, its key of
 * rrepl.yaml. The commands, their help, the reading of the environment and the commands that
 * hints show follow from this table; `schema.ts` says which values are right, `resolve.ts` what
 * they come to.
 */

export interface FlagSpec {
  /** What its value is called in the help: `<count>`. A flag without one is a switch. */
  readonly value?: string;
  readonly short?: string;
  readonly help: string;
  /** RREPL_ and its name says the same. */
  readonly env?: true;
  /** A key of rrepl.yaml says the same. */
  readonly yaml?: true;
  /** Its value is a number. */
  readonly number?: true;
  /** It may be given several times. */
  readonly many?: true;
}

export const TOPOLOGY_FLAGS = {
  name: { value: '<name>', help: 'the topology (default: "default")', env: true, yaml: true },
  file: {
    value: '<file>',
    short: '-f',
    help: 'rrepl.yaml to read (default: ./rrepl.yaml if it is there)',
    env: true,
  },
  replicas: {
    value: '<count>',
    help: 'how many replicas (default: as many as there are, else 2)',
    env: true,
    yaml: true,
    number: true,
  },
  sentinels: {
    value: '<count>',
    help: 'how many sentinels watch the master and fail over (default: as many as there are, else none)',
    env: true,
    yaml: true,
    number: true,
  },
  quorum: {
    value: '<count>',
    help: 'how many sentinels must find the master down (default: most of them)',
    number: true,
  },
  'down-after': {
    value: '<time>',
    help: 'how long a master must be silent to be down for a sentinel (default: 1s)',
  },
  image: {
    value: '<image>',
    help: 'the server (default: what the nodes run, else redis:6.0)',
    env: true,
    yaml: true,
  },
  port: {
    value: '<port>',
    help: "the master's port; replicas take the next (default: 6381)",
    env: true,
    yaml: true,
    number: true,
  },
  password: {
    value: '<source>',
    help: 'clients log in with it: auto, - (stdin), env:NAME or file:PATH',
    yaml: true,
  },
  user: {
    value: '<user>',
    help: 'clients log in as this ACL user; the default user is off',
    yaml: true,
  },
  tls: { help: 'TLS for clients and replication, with certificates made for it', yaml: true },
  set: { value: '<directive=value>', help: 'a redis.conf directive; repeatable', many: true },
  conf: { value: '<file>', help: 'redis.conf directives from a file' },
  template: { value: '<file>', help: 'another template for redis.conf', yaml: true },
  restart: {
    value: '<policy>',
    help: 'no, on-failure, always or unless-stopped (default: no)',
    env: true,
    yaml: true,
  },
  memory: {
    value: '<size>',
    help: 'most memory of a container, like 256mb',
    env: true,
    yaml: true,
  },
  cpus: {
    value: '<share>',
    help: 'most processors of a container, like 0.5',
    env: true,
    yaml: true,
    number: true,
  },
  bind: {
    value: '<address>',
    help: 'publish the ports on this address (default: 127.0.0.1)',
    env: true,
    yaml: true,
  },
  subnets: {
    value: '<range>',
    help: 'where the subnets of its networks come from (default: 198.18.0.0/15)',
    env: true,
    yaml: true,
  },
  insecure: { help: 'allow --bind beyond this machine without a password' },
  ttl: {
    value: '<age>',
    help: 'let `rrepl prune` remove what is made after this time, like 30m',
    env: true,
  },
  dir: {
    value: '<path>',
    help: 'keep configuration and data in this folder instead of volumes',
    env: true,
    yaml: true,
  },
  master: { value: '<node>', help: 'the node whose data lead, where no server and no disk tells' },
} as const satisfies Readonly<Record<string, FlagSpec>>;

type Table = typeof TOPOLOGY_FLAGS;

export type TopologyFlag = keyof Table;

/** What is said with a flag: its text as typed, or that it is there. */
export type Typed<F extends FlagSpec> = F extends { many: true }
  ? readonly string[]
  : F extends { value: string }
    ? string
    : true;

/** `down-after` as programs name it: `downAfter`. */
export type Camel<S extends string> = S extends `${infer A}-${infer B}`
  ? `${A}${Capitalize<B>}`
  : S;

export const camel = <S extends string>(flag: S): Camel<S> =>
  flag.replace(/-./g, (it) => it.charAt(1).toUpperCase()) as Camel<S>;

/** As typed, not yet checked. */
export type TopologyFlags = {
  readonly [F in TopologyFlag as Camel<F>]?: Typed<Table[F]> | undefined;
};

type With<Property extends string> = {
  [F in TopologyFlag]: Table[F] extends Readonly<Record<Property, true>> ? F : never;
}[TopologyFlag];

/** Settings that a variable can say. */
export type Setting = With<'env'>;

/** Settings that rrepl.yaml can say. */
export type FileSetting = With<'yaml'>;

export const isNumber = (flag: TopologyFlag): boolean => 'number' in TOPOLOGY_FLAGS[flag];

/** Flags that say how a topology is to be, not which one is meant. */
export const WISHES = (Object.keys(TOPOLOGY_FLAGS) as TopologyFlag[]).filter(
  (flag) => flag !== 'name' && flag !== 'file' && flag !== 'master',
);
