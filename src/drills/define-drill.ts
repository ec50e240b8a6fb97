/** Checks a drill when it is written down: all that is wrong with it at once, before anything is played. */
import { InvalidTopologyError, type Problem } from '../errors.js';
import { defaultNodes } from '../topology/resolve.js';
import { readTopologyData, type TopologyWish } from '../topology/topology-data.js';
import type { Claim } from './claim.js';
import type { Act, Drill, DrillTopology, Nodes, Step } from './drill.js';

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
  const { name, claim, topology = {} } = definition;
  const acts = (definition.acts ?? []).map((act) => ({ topology, ...act }));
  const problems = [
    ...(NAME.test(String(name))
      ? []
      : ['name must be lower-case letters, digits and "-", at most 40, the first no "-"']),
    ...(isText(claim) ? [] : ['claim must be a sentence: what the drill shows']),
    ...(acts.length > 0 ? [] : ['acts must hold an act']),
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

const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';

const repeated = (values: readonly string[]): string[] => [
  ...new Set(values.filter((value, at) => isText(value) && values.indexOf(value) !== at)),
];

function actProblems({ title, topology, disks = {}, steps }: Act): string[] {
  const { wish, complaints } = readTopologyData(topology);
  const names = namesOf(wish);
  const unknown = (node: string, where: string) =>
    names.includes(node) ? [] : [`${where}: there is no node ${node} (${names.join(', ')})`];
  const ofTheRun = Object.keys(topology).filter((key) => OF_THE_RUN.has(key));
  return [
    ...(isText(title) ? [] : ['it needs a title']),
    ...complaints.map(({ path, message }) => `${['topology', ...path].join('.')}: ${message}`),
    ...ofTheRun.map((key) => `topology.${key}: each run of a drill decides that itself`),
    ...Object.keys(disks).flatMap((node) => unknown(node, 'disks')),
    ...(complaints.length > 0 ? [] : stepsProblems(steps, names, unknown)),
  ];
}

function stepsProblems(
  steps: Act['steps'],
  names: readonly string[],
  unknown: (node: string, where: string) => string[],
): string[] {
  if (typeof steps !== 'function') return ['steps must be a function of { master, replicas }'];
  let made: readonly Step[];
  try {
    made = steps(nodesNamed(names));
  } catch (error) {
    return [`its steps can't be made: ${error instanceof Error ? error.message : error}`];
  }
  return [
    ...made.flatMap(({ says, nodes = [] }) =>
      nodes.flatMap((node) => unknown(node, `step "${says}"`)),
    ),
    ...(made.some(({ kind }) => kind === 'check') ? [] : ['it checks nothing']),
    ...claimProblems(made),
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

/** The master first, then every replica after its upstream. */
const namesOf = ({ nodes, replicas }: TopologyWish): string[] =>
  (nodes ?? defaultNodes(replicas)).map(({ name }) => name);

export function nodesOf(topology: DrillTopology): Nodes {
  return nodesNamed(namesOf(readTopologyData(topology).wish));
}

/** A replica that isn't there is undefined, as JavaScript has it: the step that names it is told. */
function nodesNamed([master = '', ...replicas]: readonly string[]): Nodes {
  return { master, replicas: replicas as unknown as Nodes['replicas'] };
}
