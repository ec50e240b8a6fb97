/**
 * The shape of rrepl.yaml. The same schema checks the file, the flags and the
 * environment, and becomes the JSON Schema that editors complete from.
 */

import { isIP } from 'node:net';
import * as z from 'zod';
import { REPLICATION_USER } from '../access/conf-lines.js';
import { isAsItIs, nameProblem, toDirective, valueProblem } from '../config/directives.js';
import { findControlCharacter } from '../config/quoting.js';
import { SENTINEL_SETTINGS, sentinelNameProblem } from '../config/sentinel-conf.js';
import { quoted } from '../format.js';
import type { FileSetting } from './flags.js';
import { suggestion } from './nearest.js';
import { isPasswordSource, NO_PLAIN_PASSWORD } from './password.js';
import { isRange } from './subnets.js';
import {
  MAX_SENTINELS,
  NODE_NAME,
  RESTART_POLICIES,
  SENTINEL_NAME,
  TOPOLOGY_NAME,
} from './topology.js';

/** Most replicas of one topology. */
export const MAX_REPLICAS = 50;

const ROLES: readonly string[] = ['master', 'primary', 'replica', 'slave'];
const OWN_USERS: readonly string[] = ['default', REPLICATION_USER];
const IMAGE_PART = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*';
/** Roughly docker's grammar: [host[:port]/]path[:tag][@digest]. */
const IMAGE = new RegExp(
  `^(?:[a-zA-Z0-9.-]+(?::[0-9]+)?/)?${IMAGE_PART}(?:/${IMAGE_PART})*` +
    '(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$',
);

/** Powers of 1,024, as Docker and Redis both understand them; 6 MB is the least that Docker takes. */
const ENGINE_SIZE = /^(?!0)(\d{4,}[kK]|([6-9]|\d{2,})[mM]|\d+[gG])[bB]$/;
/** The engine's limit. */
const MAX_IMAGE = 255;

const IS = {
  name: 'name must be lower-case letters, digits and "-", at most 40, the first no "-"',
  node: 'a node name must be lower-case letters, digits and "-", at most 30, the first no "-"',
  image: 'image must be the name of a container image, like redis:6.0',
  port: 'port must be a whole number from 1 to 65535',
  replicas: `replicas must be a whole number from 0 to ${MAX_REPLICAS}`,
  replicaOf: 'replicaOf must be the name of a node',
  config: 'config must map directives to values',
  value: 'a value must be text, a number, true, false or a list of these',
  user: 'user must be the name of an ACL user: letters, digits, "-" and "_", at most 30',
  tls: 'tls must be true, or be left out',
  nodes: 'nodes must map the names of nodes to what they are',
  restart: `restart must be one of ${RESTART_POLICIES.join(', ')}`,
  memory: 'memory must be a size from 6mb up, like 256mb or 1gb',
  cpus: 'cpus must be a number above 0 and at most 1024, like 0.5',
  bind: 'bind must be an IP address, like 0.0.0.0 for all of the machine',
  subnets: 'subnets must be a range of IPv4 addresses from /8 to /22, like 10.200.0.0/16',
  sentinels: `sentinels must be a whole number from 0 to ${MAX_SENTINELS}, or say count, quorum, config or nodes`,
  sentinelCount: `sentinels must be a whole number from 0 to ${MAX_SENTINELS}`,
  quorum: `quorum must be a whole number from 1 to ${MAX_SENTINELS}`,
  sentinelNodes: 'nodes must map the names of sentinels to what they are',
  sentinelName: 'a sentinel is named sentinel-1, sentinel-2 and so on',
  sentinelEntry: 'a sentinel must be empty or say config',
  nodeEntry: 'a node must be empty or say replicaOf or config',
};

const scalar = z
  .union([z.string(), z.number(), z.boolean()], IS.value)
  .superRefine((value, ctx) => {
    const message = isInexact(value)
      ? "YAML can't hold a number this large: write it in quotes"
      : valueProblem(valueText(value));
    if (message !== null) ctx.addIssue({ code: 'custom', message });
  });

const directiveName = z.string().superRefine((name, ctx) => {
  const message = nameProblem(name);
  if (message !== null) ctx.addIssue({ code: 'custom', message });
});

const values = z.union(
  [scalar, z.array(scalar, IS.value).min(1, 'a list of values must hold one')],
  IS.value,
);

/** What says of an owned directive what holds anyway is no wish. */
function withoutWhatIs(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  const entries = Object.entries(data).filter(([name, value]) => {
    const { data: text } = values.safeParse(value);
    return ![text]
      .flat()
      .every((it) => it !== undefined && isAsItIs(toDirective(name, valueText(it))));
  });
  return Object.fromEntries(entries);
}

const config = z.preprocess(
  withoutWhatIs,
  z
    .record(directiveName, values, IS.config)
    .describe(
      'redis.conf directives. The value is what stands behind the name in redis.conf; true and ' +
        'false mean yes and no; a list repeats the directive.',
    ),
);

const nodeName = z
  .string(IS.node)
  .regex(NODE_NAME, IS.node)
  .refine(
    (name) => !ROLES.includes(name),
    "a node can't be named after a role, because roles move",
  );

const node = z
  .strictObject(
    {
      replicaOf: z
        .string(IS.replicaOf)
        .describe('The node that this one replicates from. Exactly one node, the master, has none.')
        .optional(),
      config: config.optional(),
    },
    IS.nodeEntry,
  )
  .nullable();

export const sentinelCount = z
  .int(IS.sentinelCount)
  .min(0, IS.sentinelCount)
  .max(MAX_SENTINELS, IS.sentinelCount)
  .describe('How many sentinels watch the master and fail over.')
  .optional();

/** Sentinels exit on a directive that they don't know. */
const unknownSetting = (name: string): string | null =>
  SENTINEL_SETTINGS.includes(name.toLowerCase())
    ? null
    : `${quoted(name)} is not a setting of sentinels${suggestion(name, SENTINEL_SETTINGS)}`;

const sentinelConfig = z
  .record(
    z.string().superRefine((name, ctx) => {
      const message = sentinelNameProblem(name) ?? unknownSetting(name);
      if (message !== null) ctx.addIssue({ code: 'custom', message });
    }),
    values,
    IS.config,
  )
  .describe(
    "Settings of the master as sentinels see it, like down-after-milliseconds, and directives of sentinel.conf without the word sentinel and the master's name.",
  );

const sentinelNode = z.strictObject({ config: sentinelConfig.optional() }, IS.sentinelEntry);

const sentinelGroup = z.strictObject(
  {
    count: sentinelCount,
    quorum: z
      .int(IS.quorum)
      .min(1, IS.quorum)
      .max(MAX_SENTINELS, IS.quorum)
      .describe('How many of them must find the master down (default: most of them).')
      .optional(),
    config: sentinelConfig.optional(),
    nodes: z
      .record(
        z.string().regex(SENTINEL_NAME, IS.sentinelName),
        sentinelNode.nullable(),
        IS.sentinelNodes,
      )
      .describe('Settings of single sentinels, by name.')
      .optional(),
  },
  IS.sentinels,
);

const sentinels = z
  .preprocess((said) => (typeof said === 'number' ? { count: said } : said), sentinelGroup)
  .meta({ type: ['integer', 'object'] })
  .describe('Sentinels that watch the master and fail over: how many, or what is asked of them.');

export const topologySchema = z
  .strictObject(
    {
      name: z
        .string(IS.name)
        .regex(TOPOLOGY_NAME, IS.name)
        .describe('Name of the topology; containers, networks and volumes carry it.')
        .optional(),
      image: z
        .string(IS.image)
        .regex(IMAGE, IS.image)
        .refine(hasShortName, `image must be at most ${MAX_IMAGE} characters long before its tag`)
        .describe('Container image of every node.')
        .optional(),
      port: z
        .int(IS.port)
        .min(1, IS.port)
        .max(65535, IS.port)
        .describe("The master's port on this host. The replicas take the ones that follow.")
        .optional(),
      dir: pathText('dir')
        .describe('Folder of this host, relative to this file, for configuration and data.')
        .optional(),
      restart: z
        .enum(RESTART_POLICIES, IS.restart)
        .describe('When the engine starts a server again that has ended (default: no).')
        .optional(),
      memory: z
        .string(IS.memory)
        .regex(ENGINE_SIZE, IS.memory)
        .describe(
          'Most memory that a container may use, like 256mb; beyond it the server is killed.',
        )
        .optional(),
      cpus: z
        .number(IS.cpus)
        .gt(0, IS.cpus)
        .max(1024, IS.cpus)
        .describe('Most processor time that a container may use, like 0.5 for half a processor.')
        .optional(),
      bind: z
        .string(IS.bind)
        .refine((bind) => isIP(bind) !== 0, IS.bind)
        .describe('Address that the ports are published on (default: 127.0.0.1).')
        .optional(),
      subnets: z
        .string(IS.subnets)
        .refine(isRange, IS.subnets)
        .describe('Where the subnets of its networks come from (default: 198.18.0.0/15).')
        .optional(),
      template: pathText('template')
        .describe('A redis.conf with placeholders, relative to this file, instead of the built-in.')
        .optional(),
      // Not z.string(): its complaints show what stands there, and that may be a password.
      password: z
        .any()
        .refine((value) => isPasswordSource(value), `password ${NO_PLAIN_PASSWORD}`)
        .meta({ type: 'string', pattern: '^(auto|env:.+|file:.+)$' })
        .describe('Where the password of clients comes from: auto, env:NAME or file:PATH.')
        .optional(),
      user: z
        .string(IS.user)
        .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,29}$/, IS.user)
        .refine(
          (name) => !OWN_USERS.includes(name),
          "user must be another one than Redis's own default and rrepl's own replication",
        )
        .describe(
          'ACL user that clients log in as, with the password; the default user is off then.',
        )
        .optional(),
      tls: z
        .literal(true, IS.tls)
        .describe('TLS for clients and replication, with certificates made for the topology.')
        .optional(),
      config: config.optional(),
      replicas: z
        .int(IS.replicas)
        .min(0, IS.replicas)
        .max(MAX_REPLICAS, IS.replicas)
        .describe('Number of replicas of the master redis-1. Not together with nodes.')
        .optional(),
      sentinels: sentinels.optional(),
      nodes: z
        .record(nodeName, node, IS.nodes)
        .describe('Every node by name, for trees and settings of one node. Not with replicas.')
        .optional(),
    } satisfies Record<FileSetting, z.ZodType> & Record<'config' | 'nodes', z.ZodType>,
    'the file must map settings to values, like "replicas: 2"',
  )
  .meta({ title: 'rrepl.yaml', description: 'A Redis replication topology for rrepl.' });

export type TopologyFile = z.output<typeof topologySchema>;
export type FileConfig = z.output<typeof config>;

/** Known keys at a path of rrepl.yaml. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(topologySchema.shape);
  if (path[0] !== 'sentinels') return Object.keys(node.unwrap().shape);
  return Object.keys(path.length === 1 ? sentinelGroup.shape : sentinelNode.shape);
}

/** A scalar of rrepl.yaml as redis.conf has it: true is yes. */
export function valueText(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}

function hasShortName(image: string): boolean {
  return image.replace(/@.*$/, '').replace(/:[^/]*$/, '').length <= MAX_IMAGE;
}

function isInexact(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
}

function pathText(key: string) {
  const message = `${key} must be a path`;
  return z
    .string(message)
    .min(1, message)
    .refine((path) => findControlCharacter(path) === null, `${key} can't hold control characters`)
    .refine((path) => !path.startsWith('~'), `~ isn't expanded: write ${key} in full`);
}
