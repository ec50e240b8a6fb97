/** Flags over RREPL_* over rrepl.yaml over defaults -> the topology that is wanted. */

import { resolve as resolvePath } from 'node:path';
import type { Secret } from '../access/secret.js';
import { directiveNames, mergeLayers } from '../config/directives.js';
import { isAboutMemory, withoutDefaultBacklog } from '../config/memory.js';
import { checkTemplate, withOnly } from '../config/template.js';
import { inInput, type Problem, wrongWords } from '../errors.js';
import { databasesProblems, isDatabases, memoryProblems } from './conf-problems.js';
import { resolveContainers } from './container-wish.js';
import { readExpiry } from './expiry.js';
import { confLayer, setLayer, type TextFile } from './layers.js';
import { chooseNodes, type Present, presentDirectives } from './present.js';
import { topologySchema } from './schema.js';
import { withFound } from './schema-complaints.js';
import { resolveSentinels } from './sentinels.js';
import { given, readSetting, type Spoken } from './settings.js';
import { SUBNETS } from './subnets.js';
import {
  DEFAULT_NAME,
  type Directive,
  type Sentinels,
  type Topology,
  type TopologyNode,
} from './topology.js';
import type { TopologyWish } from './topology-data.js';

export interface Wishes extends Spoken {
  /** What a relative `dir` is relative to. */
  readonly cwd: string;
  /** What rrepl.yaml says, its paths made absolute, and what problems call that file. */
  readonly file: { readonly name: string; readonly wish: TopologyWish };
  /** Null if there is none, or it couldn't be read. */
  readonly conf: TextFile | null;
  /** Null if it couldn't be read: then `problems` says so. */
  readonly template: TextFile | null;
  /** The text of the template for sentinel.conf. */
  readonly sentinelTemplate: string;
  /** What the source that is said holds. */
  readonly password?: Secret | 'auto' | undefined;
  /** True if rrepl.yaml or a template says all of the configuration; else what is there is kept. */
  readonly complete: boolean;
  /** What is wrong with the files so far. */
  readonly problems: readonly Problem[];
}

export const DEFAULTS = {
  name: DEFAULT_NAME,
  image: 'redis:6.0',
  replicas: 2,
  port: 6381,
} as const;

const HIGHEST_PORT = 65535;

const fields = topologySchema.shape;

/**
 * What isn't said stays as it is: that is `present`, null where there is nothing yet.
 * @throws InvalidTopologyError with all that is wrong.
 */
export function resolveTopology(wishes: Wishes, present: Present | null): Topology {
  const { file, template, cwd } = wishes;
  const wrong: Problem[] = [];
  const name = readSetting(wishes, 'name', fields.name, wrong);
  const image = readSetting(wishes, 'image', fields.image, wrong) ?? file.wish.image;
  const replicas = readSetting(wishes, 'replicas', fields.replicas, wrong) ?? file.wish.replicas;
  const port = readSetting(wishes, 'port', fields.port, wrong) ?? file.wish.port;
  const dir = readSetting(wishes, 'dir', fields.dir, wrong);
  const subnets = readSetting(wishes, 'subnets', fields.subnets, wrong) ?? file.wish.subnets;
  const user = readUser(wishes.flags.user, wrong);
  const expires = readExpiry(wishes, wrong);
  const secured = wishes.password !== undefined;
  const containers = resolveContainers(wishes, { present, secured }, wrong);
  const nodes = file.wish.nodes ?? nodesOf(replicas, present);
  const first = port ?? present?.port ?? DEFAULTS.port;
  const sentinels = resolveSentinels(wishes, present, nodes.length - 1, wrong);
  const conf = confLayer(wishes.conf ?? { name: '', text: '' });
  const set = setLayer(wishes.flags.set ?? []);
  const problems = [
    ...wishes.problems,
    ...wrong,
    ...checkReplicas(wishes),
    ...checkNames(wishes, nodes, sentinels),
    ...checkPorts(wishes, first, nodes.length),
    ...(image === undefined ? checkImages(present) : []),
    ...conf.problems,
    ...set.problems,
    ...(template === null ? [] : checkTemplate(template.text, template.name)),
  ];
  if (problems.length > 0 || template === null) throw wrongWords(problems);
  const said = [conf.directives, set.directives];
  const complete = present === null || wishes.complete;
  const aboutMemory =
    said.flat().some(isAboutMemory) ||
    given(wishes, 'memory') !== null ||
    file.wish.memory !== undefined;
  const topology = {
    name: name ?? file.wish.name ?? DEFAULTS.name,
    image: image ?? present?.images[0] ?? DEFAULTS.image,
    sentinels,
    port: { first, asked: port !== undefined },
    containers,
    subnets: subnets ?? SUBNETS,
    expires,
    dir: dir === undefined ? (file.wish.dir ?? present?.dir ?? null) : resolvePath(cwd, dir),
    security: {
      password: wishes.password,
      user: user ?? file.wish.user,
      tls: wishes.flags.tls ?? file.wish.tls,
    },
    ...(complete
      ? {
          nodes: nodes.map(({ directives, ...node }) => ({
            ...node,
            directives: mergeLayers(file.wish.directives, directives, ...said),
          })),
          template: template.text,
        }
      : keepConfiguration(template.text, nodes, present, { layers: said, aboutMemory })),
  };
  const unfit = [
    ...(complete || aboutMemory ? memoryProblems(topology) : []),
    ...(complete || said.flat().some(isDatabases) ? databasesProblems(topology) : []),
  ];
  if (unfit.length > 0) throw wrongWords(unfit);
  return topology;
}

interface Said {
  readonly layers: readonly (readonly Directive[])[];
  /** What limits the memory or the backlog is among it, or beside it. */
  readonly aboutMemory: boolean;
}

/** The configuration that is there, and what is said on top of it. */
function keepConfiguration(
  template: string,
  nodes: readonly TopologyNode[],
  present: Present,
  { layers, aboutMemory }: Said,
): Pick<Topology, 'nodes' | 'template'> {
  const kept = present.nodes.flatMap(({ directives }) => directives ?? []);
  const keepAll = kept.length === 0;
  const keptOf = (name: string) => {
    const directives = presentDirectives(present, name);
    const memoryBytes = present.containers?.memoryBytes ?? null;
    return aboutMemory ? withoutDefaultBacklog(directives, memoryBytes) : directives;
  };
  return {
    nodes: nodes.map((node) => ({
      ...node,
      directives: mergeLayers(keptOf(node.name), ...layers),
    })),
    template: keepAll ? template : withOnly(template, directiveNames(kept)),
  };
}

function nodesOf(replicas: number | undefined, present: Present | null): readonly TopologyNode[] {
  return present === null ? defaultNodes(replicas) : chooseNodes(replicas ?? null, present);
}

/** Which of them was meant can't be told once a change of the image was broken off. */
function checkImages(present: Present | null): Problem[] {
  const images = present?.images ?? [];
  if (images.length < 2) return [];
  const message = `the nodes run ${images.join(' and ')}: a change of the image was broken off`;
  return [{ ...inInput('image'), message, about: { code: 'images-differ', images } }];
}

export function defaultNodes(replicas: number = DEFAULTS.replicas): TopologyNode[] {
  return Array.from({ length: replicas + 1 }, (_, index) => ({
    name: `redis-${index + 1}`,
    upstream: index === 0 ? null : 'redis-1',
    directives: [],
  }));
}

/** The user, checked. What is wrong with it goes to `problems`. */
export function readUser(said: string | undefined, problems: Problem[]): string | undefined {
  const parsed = fields.user.safeParse(said);
  const [issue] = parsed.error?.issues ?? [];
  if (issue) problems.push({ ...inInput('user'), message: withFound(issue, said) });
  return parsed.data;
}

function checkReplicas(wishes: Wishes): Problem[] {
  const place = given(wishes, 'replicas')?.place;
  if (place === undefined || wishes.file.wish.nodes === undefined) return [];
  const message = `${wishes.file.name} names its nodes: add or remove replicas there, and leave this out`;
  return [{ ...place, message }];
}

/** A node and a sentinel of one name would be one container. */
function checkNames(
  { file }: Wishes,
  nodes: readonly TopologyNode[],
  sentinels: Sentinels | null,
): Problem[] {
  const both = nodes.filter(({ name }) => sentinels?.nodes.some((it) => it.name === name));
  return both.map(({ name }) => ({
    source: file.name,
    message: `${name} is the name of a sentinel: no node can have it`,
  }));
}

function checkPorts(wishes: Wishes, first: number, count: number): Problem[] {
  const highest = HIGHEST_PORT - count + 1;
  if (first <= highest) return [];
  const place = given(wishes, 'port')?.place ?? { source: wishes.file.name };
  const message = `port ${first} leaves no room for ${count} nodes: choose ${highest} or lower`;
  return [{ ...place, message }];
}
