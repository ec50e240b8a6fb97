/** Flags over RREPL_* over rrepl.yaml over defaults -> the topology that is wanted. */

import { resolve as resolvePath } from 'node:path';
import { mergeLayers } from '../config/directives.js';
import { checkTemplate } from '../config/template.js';
import { InvalidTopologyError, type Problem } from '../errors.js';
import { resolveContainers } from './container-wish.js';
import { readExpiry } from './expiry.js';
import { confLayer, setLayer, type TextFile } from './layers.js';
import type { TopologyWish } from './parse-yaml.js';
import { topologySchema } from './schema.js';
import { given, readSetting, type Spoken } from './settings.js';
import type { Topology, TopologyNode } from './topology.js';

export interface Wishes extends Spoken {
  /** What a relative `--dir` is relative to. */
  readonly cwd: string;
  /** What rrepl.yaml says, its paths made absolute, and what problems call that file. */
  readonly file: { readonly name: string; readonly wish: TopologyWish };
  /** Null if there is none, or it couldn't be read. */
  readonly conf: TextFile | null;
  /** Null if it couldn't be read: then `problems` says so. */
  readonly template: TextFile | null;
  /** What is wrong with the files so far. */
  readonly problems: readonly Problem[];
}

export const DEFAULTS = { name: 'default', image: 'redis:6.0', replicas: 2, port: 6381 } as const;

const HIGHEST_PORT = 65535;

const fields = topologySchema.shape;

/** @throws InvalidTopologyError with all that is wrong. */
export function resolveTopology(wishes: Wishes): Topology {
  const { file, template, cwd } = wishes;
  const problems = [...wishes.problems];
  const name = readSetting(wishes, 'name', fields.name, problems);
  const image = readSetting(wishes, 'image', fields.image, problems);
  const replicas = readSetting(wishes, 'replicas', fields.replicas, problems);
  const port = readSetting(wishes, 'port', fields.port, problems) ?? file.wish.port;
  const dir = readSetting(wishes, 'dir', fields.dir, problems);
  const expires = readExpiry(wishes, problems);
  // No password can be set so far.
  const containers = resolveContainers(wishes, false, problems);
  const nodes = file.wish.nodes ?? defaultNodes(replicas ?? file.wish.replicas);
  const first = port ?? DEFAULTS.port;
  const conf = confLayer(wishes.conf ?? { name: '', text: '' });
  const set = setLayer(wishes.flags.set ?? []);
  problems.push(
    ...checkReplicas(wishes),
    ...checkPorts(wishes, first, nodes.length),
    ...conf.problems,
    ...set.problems,
    ...(template === null ? [] : checkTemplate(template.text, template.name)),
  );
  if (problems.length > 0 || template === null) throw new InvalidTopologyError(problems);
  return {
    name: name ?? file.wish.name ?? DEFAULTS.name,
    image: image ?? file.wish.image ?? DEFAULTS.image,
    nodes: nodes.map(({ directives, ...node }) => ({
      ...node,
      directives: mergeLayers(file.wish.directives, directives, conf.directives, set.directives),
    })),
    port: { first, asked: port !== undefined },
    containers,
    expires,
    dir: dir === undefined ? (file.wish.dir ?? null) : resolvePath(cwd, dir),
    template: template.text,
  };
}

function defaultNodes(replicas: number = DEFAULTS.replicas): TopologyNode[] {
  return Array.from({ length: replicas + 1 }, (_, index) => ({
    name: `redis-${index + 1}`,
    upstream: index === 0 ? null : 'redis-1',
    directives: [],
  }));
}

function checkReplicas(wishes: Wishes): Problem[] {
  const source = given(wishes, 'replicas')?.source;
  if (source === undefined || wishes.file.wish.nodes === undefined) return [];
  const message = `${wishes.file.name} names its nodes: add or remove replicas there, and leave this out`;
  return [{ source, message }];
}

function checkPorts(wishes: Wishes, first: number, count: number): Problem[] {
  const highest = HIGHEST_PORT - count + 1;
  if (first <= highest) return [];
  const source = given(wishes, 'port')?.source ?? wishes.file.name;
  const message = `port ${first} leaves no room for ${count} nodes: choose ${highest} or lower`;
  return [{ source, message }];
}
