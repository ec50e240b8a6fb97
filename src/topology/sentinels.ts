/** The sentinels that are wanted: flags over variables over rrepl.yaml over what is there over defaults. Pure. */
import { mergeLayers } from '../config/directives.js';
import { sentinelValueProblem } from '../config/sentinel-conf.js';
import { durationMs } from '../duration.js';
import { inInput, type Problem } from '../errors.js';
import { plural, quoted } from '../format.js';
import type { Present } from './present.js';
import { sentinelCount } from './schema.js';
import { readSetting, type Spoken } from './settings.js';
import type { Directive, SentinelNode, Sentinels } from './topology.js';
import type { SentinelWish, TopologyWish } from './topology-data.js';
import { majorityOf } from './votes.js';

/** A second is forgiving on a busy machine; half of one was mistaken 2 times in 45 there. */
const DOWN_AFTER_MS = 1000;

/** A failover that was broken off is tried again after twice this time; one that succeeds takes no notice of it. */
const FAILOVER_TIMEOUT_MS = 10_000;

interface Wishes extends Spoken {
  readonly file: { readonly name: string; readonly wish: TopologyWish };
  readonly complete: boolean;
  readonly sentinelTemplate: string;
}

/** @param replicas how many the topology has: all of them are re-pointed at once */
export function resolveSentinels(
  wishes: Wishes,
  present: Present | null,
  replicas: number,
  problems: Problem[],
): Sentinels | null {
  const { file, flags } = wishes;
  const said: SentinelWish = file.wish.sentinels ?? { directives: [], nodes: [] };
  const there = present?.sentinels ?? [];
  const asked = readSetting(wishes, 'sentinels', sentinelCount, problems) ?? said.count;
  const count = asked ?? Math.max(there.length, lastNumber(said.nodes));
  const typed = {
    quorum: readQuorum(flags.quorum, problems),
    downAfterMs: readDownAfter(flags.downAfter, problems),
  };
  if (count === 0) {
    problems.push(...withoutSentinels(wishes));
    return null;
  }
  const names = namesFor(count, there);
  const keep = present !== null && !wishes.complete;
  const quorum = typed.quorum ?? said.quorum ?? keptQuorum(keep ? there : [], count);
  if (quorum > count) {
    const message = `a quorum of ${quorum} is more than ${plural(count, 'sentinel')}: no failover would ever begin`;
    const place = typed.quorum === undefined ? { source: file.name } : inInput('quorum');
    problems.push({ ...place, message });
  }
  for (const { name } of said.nodes.filter((it) => !names.includes(it.name))) {
    problems.push({ source: file.name, message: strangerMessage(name, names) });
  }
  const defaults = directives({
    'down-after-milliseconds': DOWN_AFTER_MS,
    'failover-timeout': FAILOVER_TIMEOUT_MS,
  });
  const decided = directives({ quorum, 'parallel-syncs': Math.max(1, replicas) });
  const flagged = directives({ 'down-after-milliseconds': typed.downAfterMs });
  const nodes = names.map((name): SentinelNode => {
    const own = said.nodes.find((it) => it.name === name)?.directives ?? [];
    const kept = keep ? keptOf(there, name) : [];
    return {
      name,
      directives: mergeLayers(defaults, kept, decided, said.directives, own, flagged),
    };
  });
  return { nodes, quorum, template: wishes.sentinelTemplate };
}

const directives = (values: Readonly<Record<string, number | undefined>>): Directive[] =>
  Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, args: [String(value)] }],
  );

/** Those that are there, from the first; a new one is asked what the first is. */
const keptOf = (there: NonNullable<Present['sentinels']>, name: string): readonly Directive[] =>
  there.find((it) => it.name === name)?.directives ?? there[0]?.directives ?? [];

/** One that is not the majority of those that were there was asked for. */
function keptQuorum(there: NonNullable<Present['sentinels']>, count: number): number {
  const quorum = Number(there[0]?.directives?.find(({ name }) => name === 'quorum')?.args[0]);
  const isOwn = quorum > 0 && quorum !== majorityOf(there.length);
  return isOwn ? quorum : majorityOf(count);
}

const lastNumber = (nodes: readonly SentinelNode[]): number =>
  Math.max(0, ...nodes.map(({ name }) => Number(name.replace('sentinel-', '')) || 0));

/** Those that are there, and new ones under the lowest names that are free. What is too many goes from the end. */
function namesFor(count: number, there: readonly { readonly name: string }[]): string[] {
  const names = there.slice(0, count).map(({ name }) => name);
  for (let number = 1; names.length < count; number += 1) {
    const name = `sentinel-${number}`;
    if (!names.includes(name)) names.push(name);
  }
  return names;
}

function withoutSentinels({ file, flags }: Wishes): Problem[] {
  const places = [
    ...(flags.quorum === undefined ? [] : [inInput('quorum')]),
    ...(flags.downAfter === undefined ? [] : [inInput('downAfter')]),
    ...(file.wish.sentinels?.quorum === undefined ? [] : [{ source: file.name }]),
  ];
  const message = 'there are no sentinels';
  return places.map((it) => ({ ...it, message, about: { code: 'without-sentinels' } }));
}

const strangerMessage = (name: string, names: readonly string[]): string =>
  `no sentinel is named ${quoted(name)}; there are ${names.join(', ')}`;

function readQuorum(text: string | undefined, problems: Problem[]): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,2}$/.test(text) && Number(text) > 0) return Number(text);
  const message = `quorum must be a whole number from 1 up, not ${quoted(text)}`;
  problems.push({ ...inInput('quorum'), message });
  return undefined;
}

function readDownAfter(text: string | undefined, problems: Problem[]): number | undefined {
  if (text === undefined) return undefined;
  const place = inInput('downAfter');
  const ms = durationMs(text);
  if (ms === null) {
    const message = `must be a time such as 500ms, 1s or 5s, not ${quoted(text)}`;
    problems.push({ ...place, message });
    return undefined;
  }
  const name = 'down-after-milliseconds';
  const message = sentinelValueProblem({ name, args: [String(ms)] });
  if (message !== null) problems.push({ ...place, message: message.replace(name, 'it') });
  return ms;
}
