/** Checks a drill when it is written down: all that is wrong with it at once, before anything is played. */
import { InvalidTopologyError, type Problem } from '../errors.js';
import { suggestion } from '../topology/nearest.js';
import { defaultNodes } from '../topology/resolve.js';
import { readTopologyData, type TopologyWish } from '../topology/topology-data.js';
import type { Claim } from './claim.js';
import {
  type Act,
  type Drill,
  type DrillTopology,
  type Nodes,
  STEP_KINDS,
  type Step,
} from './drill.js';

/** Acts that name no topology play on this one. */
export interface DrillDefinition extends Omit<Drill, 'acts'> {
  readonly topology?: DrillTopology;
  readonly acts: readonly (Omit<Act, 'topology'> & Partial<Pick<Act, 'topology'>>)[];
}

const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;
/** Keys of rrepl.yaml that a run of the drill decides. */
const OF_THE_RUN: ReadonlySet<string> = new Set([
  ...(['name', 'image', 'port', 'dir', 'bind', 'template', 'password', 'user', 'tls'] as const),
]);

/**
 * A drill that `rrepl drill run` and the library play.
 * @throws InvalidTopologyError with all that is wrong: names, titles, topologies as rrepl.yaml's
 * would be, steps for nodes that aren't there, acts that check nothing, claims that are predicted
 * and never looked at.
 */
export function defineDrill(definition: DrillDefinition): Drill {
  if (!isObject(definition)) {
    throw new InvalidTopologyError([{ source: 'a drill', message: 'it must be an object' }]);
  }
  const { name, claim, topology = {} } = definition;
  const given = Array.isArray(definition.acts) ? definition.acts : [];
  const acts = given.map(
    (act: unknown) => ({ topology, ...(isObject(act) ? (act as Act) : {}) }) as Act,
  );
  const problems = [
    ...unknownKeys(definition, DRILL_KEYS),
    ...(NAME.test(String(name))
      ? []
      : ['name must be lower-case letters, digits and "-", at most 40, the first no "-"']),
    ...(isText(claim) ? [] : ['claim must be a sentence: what the drill shows']),
    ...(acts.length > 0 ? [] : ['acts must be a list that holds an act']),
    ...repeated(acts.map(({ title }) => title)).map((title) => `two acts are called "${title}"`),
    ...acts.flatMap((act, at) => {
      const which = isText(act.title) ? `act "${act.title}"` : `act ${at + 1}`;
      return actProblems(act).map((message) => `${which}: ${message}`);
    }),
  ];
  if (problems.length > 0) {
    const source = isText(name) ? `drill ${name}` : 'a drill';
    throw new InvalidTopologyError(problems.map((message): Problem => ({ source, message })));
  }
  return { name, claim, acts };
}

const DRILL_KEYS = ['name', 'claim', 'topology', 'acts'];
const ACT_KEYS = ['title', 'topology', 'disks', 'steps'];

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A key that is misspelt would be left out in silence. */
const unknownKeys = (value: object, known: readonly string[]): string[] =>
  Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => `"${key}" is no key here${suggestion(key, known)}`);

const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';

const repeated = (values: readonly string[]): string[] => [
  ...new Set(values.filter((value, at) => isText(value) && values.indexOf(value) !== at)),
];

function actProblems(act: Act): string[] {
  const { title, topology, disks = {}, steps } = act;
  if (!isObject(topology)) return ['topology must be what rrepl.yaml would say'];
  const { wish, complaints } = readTopologyData(topology);
  const nodes = nodesIn(wish);
  const names = namesOf(nodes);
  const unknown = (node: string, where: string) =>
    names.includes(node) ? [] : [`${where}: there is no node ${node} (${names.join(', ')})`];
  const ofTheRun = Object.keys(topology).filter((key) => OF_THE_RUN.has(key));
  return [
    ...unknownKeys(act, ACT_KEYS),
    ...(isText(title) ? [] : ['it needs a title']),
    ...complaints.map(({ path, message }) => `${['topology', ...path].join('.')}: ${message}`),
    ...ofTheRun.map((key) => `topology.${key}: each run of a drill decides that itself`),
    ...Object.keys(disks).flatMap((node) => unknown(node, 'disks')),
    ...(complaints.length > 0 ? [] : stepsProblems(steps, nodes, unknown)),
  ];
}

function stepsProblems(
  steps: Act['steps'],
  nodes: Nodes,
  unknown: (node: string, where: string) => string[],
): string[] {
  if (typeof steps !== 'function') return ['steps must be a function of { master, replicas }'];
  let made: readonly Step[];
  try {
    made = steps(nodes);
  } catch (error) {
    return [`its steps can't be made: ${error instanceof Error ? error.message : error}`];
  }
  if (!Array.isArray(made as unknown))
    return ['steps must return a list of steps, and not a promise of one'];
  const malformed = made.flatMap(stepProblems);
  if (malformed.length > 0) return malformed;
  return [
    ...made.flatMap(({ says, nodes = [] }) =>
      nodes.flatMap((node) => unknown(node, `step "${says}"`)),
    ),
    ...(made.some(({ kind }) => kind === 'check') ? [] : ['it checks nothing']),
    ...claimProblems(made),
  ];
}

function stepProblems(step: Partial<Step> | null | undefined, at: number): string[] {
  const which = `step ${at + 1}`;
  if (!isObject(step)) return [`${which} is none: a step has kind, says and run`];
  const { kind, says, run } = step as Partial<Step>;
  const known: readonly unknown[] = STEP_KINDS;
  return [
    ...(known.includes(kind) ? [] : [`${which}: kind must be ${STEP_KINDS.join(', ')}`]),
    ...(isText(says) ? [] : [`${which}: says must be a sentence: what it does`]),
    ...(typeof run === 'function' ? [] : [`${which}: run must be a function of the stage`]),
  ];
}

/** What is looked at must have been predicted by then, and what is predicted must be looked at. */
function claimProblems(steps: readonly Step[]): string[] {
  const open = new Set<Claim>();
  const problems: string[] = [];
  for (const { kind, claims = [] } of steps) {
    for (const claim of claims) {
      if (kind === 'predict') open.add(claim);
      else if (!open.delete(claim)) problems.push(`"${claim.about}" is checked, and not predicted`);
    }
  }
  for (const { about } of open) problems.push(`"${about}" is predicted, and not checked`);
  return problems;
}

const namesOf = ({ master, replicas, sentinels }: Nodes): string[] => [
  master,
  ...replicas,
  ...sentinels,
];

export const nodesOf = (topology: DrillTopology): Nodes => nodesIn(readTopologyData(topology).wish);

/**
 * The master first, then every replica after its upstream. One that isn't there is undefined, as
 * JavaScript has it: the step that names it is told.
 */
function nodesIn({ nodes, replicas, sentinels }: TopologyWish): Nodes {
  const [master = '', ...others] = (nodes ?? defaultNodes(replicas)).map(({ name }) => name);
  const count = sentinels?.count ?? sentinels?.nodes.length ?? 0;
  const watching = Array.from({ length: count }, (_, at) => `sentinel-${at + 1}`);
  return {
    master,
    replicas: others as unknown as Nodes['replicas'],
    sentinels: watching as unknown as Nodes['sentinels'],
  };
}
