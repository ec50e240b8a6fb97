/** What rrepl.yaml or a drill says of a topology, as data -> what it wishes, and what is wrong with it. */

import * as z from 'zod';
import { toDirective } from '../config/directives.js';
import { sentinelNameProblem, sentinelValueProblem } from '../config/sentinel-conf.js';
import { checkGraph, inOrder } from './graph.js';
import {
  type FileConfig,
  MAX_REPLICAS,
  type TopologyFile,
  topologySchema,
  valueText,
} from './schema.js';
import { schemaComplaints } from './schema-complaints.js';
import type { Directive, RestartPolicy, SentinelNode, TopologyNode } from './topology.js';
import type { Complaint } from './yaml-file.js';

/** What is said of the sentinels. `nodes`: `directives` are those of the one alone. */
export interface SentinelWish {
  readonly count?: number | undefined;
  readonly quorum?: number | undefined;
  readonly directives: readonly Directive[];
  readonly nodes: readonly SentinelNode[];
}

/** What a file says; a part that is absent or wrong is undefined. */
export interface TopologyWish {
  readonly name?: string | undefined;
  readonly image?: string | undefined;
  readonly port?: number | undefined;
  /** As written, relative to the file. */
  readonly dir?: string | undefined;
  /** As written, relative to the file. */
  readonly template?: string | undefined;
  readonly replicas?: number | undefined;
  readonly sentinels?: SentinelWish | undefined;
  /** Where it comes from; a file is relative to this one. */
  readonly password?: string | undefined;
  readonly user?: string | undefined;
  readonly tls?: true | undefined;
  readonly restart?: RestartPolicy | undefined;
  /** As written: 256mb. */
  readonly memory?: string | undefined;
  readonly cpus?: number | undefined;
  readonly bind?: string | undefined;
  readonly subnets?: string | undefined;
  readonly directives: readonly Directive[];
  /** In order; `directives` are those of the node alone. */
  readonly nodes?: readonly TopologyNode[] | undefined;
}

/** Never throws. */
export function readTopologyData(data: unknown): {
  readonly wish: TopologyWish;
  readonly complaints: readonly Complaint[];
} {
  const parsed = topologySchema.safeParse(data);
  const complaints = [
    ...(parsed.success
      ? []
      : parsed.error.issues.flatMap((issue) => schemaComplaints(issue, data))),
    ...nodesComplaints(data),
    ...sentinelComplaints(data),
  ];
  return { wish: toWish(parsed.success ? parsed.data : validParts(data)), complaints };
}

const upstreams = z.record(
  z.string(),
  z.looseObject({ replicaOf: z.string().optional() }).nullable(),
);

/** What the schema can't say about `nodes`, as far as its shape is right. */
function nodesComplaints(data: unknown): Complaint[] {
  const { nodes, replicas } = z.looseObject({}).safeParse(data).data ?? {};
  if (nodes === undefined) return [];
  const both: Complaint = {
    path: ['replicas'],
    at: 'key',
    message: 'replicas and nodes both say which nodes there are; leave one',
  };
  const parsed = upstreams.safeParse(nodes);
  return [
    ...(replicas === undefined ? [] : [both]),
    ...(parsed.success ? [...checkGraph(toLinks(parsed.data)), ...tooMany(parsed.data)] : []),
  ];
}

const settings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).catch(''));
const watching = z.looseObject({ config: settings.optional().catch({}) });
const watchers = z.looseObject({
  sentinels: watching.extend({ nodes: z.record(z.string(), watching.nullable()).optional() }),
});

/** The values of settings that sentinels have for their master, as far as the shape around them is right. */
function sentinelComplaints(data: unknown): Complaint[] {
  const { config, nodes = {} } = watchers.safeParse(data).data?.sentinels ?? {};
  const wrong = (path: readonly string[], of: z.output<typeof settings> = {}): Complaint[] =>
    Object.entries(of).flatMap(([name, value]): Complaint[] => {
      const args = [valueText(value)];
      const message = sentinelValueProblem({ name: name.toLowerCase(), args });
      const isOwned = sentinelNameProblem(name) !== null || value === '';
      return message === null || isOwned ? [] : [{ path: [...path, name], at: 'value', message }];
    });
  return [
    ...wrong(['sentinels', 'config'], config),
    ...Object.entries(nodes).flatMap(([name, node]) =>
      wrong(['sentinels', 'nodes', name, 'config'], node?.config),
    ),
  ];
}

function tooMany(nodes: object): Complaint[] {
  if (Object.keys(nodes).length <= MAX_REPLICAS + 1) return [];
  const message = `a topology has at most ${MAX_REPLICAS + 1} nodes`;
  return [{ path: ['nodes'], at: 'key', message }];
}

function toLinks(nodes: NonNullable<z.output<typeof upstreams>>) {
  return Object.entries(nodes).map(([name, node]) => ({
    name,
    upstream: node?.replicaOf ?? null,
    // An unknown key may be a misspelt replicaOf; the schema complains of it.
    vague: Object.keys(node ?? {}).some((key) => key !== 'replicaOf' && key !== 'config'),
  }));
}

function validParts(data: unknown): TopologyFile {
  const given = z.looseObject({}).safeParse(data).data ?? {};
  const parts = Object.entries(topologySchema.shape).flatMap(([key, schema]) => {
    const parsed = schema.safeParse(given[key]);
    return parsed.success ? [[key, parsed.data]] : [];
  });
  return Object.fromEntries(parts) as TopologyFile;
}

function toWish({ nodes, config, sentinels, ...rest }: TopologyFile): TopologyWish {
  const wished =
    nodes &&
    Object.entries(nodes).map(([name, node]) => ({
      name,
      upstream: node?.replicaOf ?? null,
      directives: toDirectives(node?.config),
    }));
  return {
    ...rest,
    directives: toDirectives(config),
    nodes: wished && inOrder(wished),
    ...(sentinels && { sentinels: toSentinelWish(sentinels) }),
  };
}

function toSentinelWish(said: NonNullable<TopologyFile['sentinels']>): SentinelWish {
  const { count, quorum, config, nodes = {} } = said;
  return {
    count,
    quorum,
    directives: toDirectives(config),
    nodes: Object.entries(nodes).map(([name, node]) => ({
      name,
      directives: toDirectives(node?.config),
    })),
  };
}

function toDirectives(config: FileConfig = {}): Directive[] {
  return Object.entries(config).flatMap(([name, value]) =>
    [value].flat().map((item) => toDirective(name, valueText(item))),
  );
}
