/** Faults as people spell them: `pause:replica@8s+2s`. Pure. */
import { durationMs } from '../duration.js';
import type { Problem } from '../errors.js';
import { quoted } from '../format.js';
import { suggestion } from '../topology/nearest.js';

/** What each is undone by; null: it brings itself back. */
export const UNDONE_BY = {
  'kill-master': null,
  restart: null,
  kill: 'start',
  stop: 'start',
  pause: 'unpause',
  disconnect: 'connect',
} as const;

export type FaultName = keyof typeof UNDONE_BY;

export interface PlannedFault {
  /** As it was spelled, or as it would be. */
  readonly text: string;
  readonly fault: FaultName;
  /** A node's name, `master` or `replica`; null for `kill-master`. */
  readonly node: string | null;
  /** When it begins, in milliseconds since the program was started, or has printed what was waited for. */
  readonly atMs: number;
  /** After how many milliseconds it is undone; null: not before the end. */
  readonly forMs: number | null;
}

const SPELLING = /^([^:@+]*)(?::([^@+]*))?(?:@([^+]*))?(?:\+(.*))?$/s;
const ROLES = ['master', 'primary', 'replica'];
const HOW = 'FAULT:NODE@TIME+TIME, such as pause:replica@8s+2s, or kill-master@5s';
const MOST_MS = 86_400_000;

/** All that can be read, and all that is wrong, with the flag as it was typed. */
export function parseFaults(texts: readonly string[]): {
  faults: readonly PlannedFault[];
  problems: readonly Problem[];
} {
  const faults: PlannedFault[] = [];
  const problems: Problem[] = [];
  for (const text of texts) {
    const { fault, messages } = parseFault(text);
    if (messages.length === 0) faults.push(fault);
    problems.push(...messages.map((message) => ({ source: sourceOf(text), message })));
  }
  return { faults, problems };
}

const sourceOf = (text: string): string => `--fault ${quoted(text)}`;

function parseFault(text: string): { fault: PlannedFault; messages: readonly string[] } {
  const messages: string[] = [];
  const [, name = '', node, at, length] = SPELLING.exec(text) ?? [text, text];
  const fault = name as FaultName;
  if (!Object.hasOwn(UNDONE_BY, name)) {
    const known = Object.keys(UNDONE_BY);
    messages.push(`${quoted(name)} is no fault${suggestion(name, known)}; it is ${HOW}`);
  } else {
    messages.push(...nodeProblems(fault, node));
    if (length !== undefined && UNDONE_BY[fault] === null) {
      messages.push(`${fault} has no end of its own: leave out ${quoted(`+${length}`)}`);
    }
  }
  const atMs = at === undefined ? 0 : timeOf(at, messages);
  const forMs = length === undefined ? null : timeOf(length, messages);
  return { fault: { text, fault, node: node ?? null, atMs, forMs }, messages };
}

function nodeProblems(fault: FaultName, node: string | undefined): string[] {
  if (fault === 'kill-master')
    return node === undefined ? [] : ['kill-master names no node: it kills the master'];
  return node ? [] : [`${fault} needs a node: ${fault}:replica, ${fault}:redis-2`];
}

function timeOf(text: string, messages: string[]): number {
  const ms = /^0+(ms|s|m|h)?$/.test(text) ? 0 : durationMs(text);
  if (ms !== null && ms <= MOST_MS) return ms;
  messages.push(`${quoted(text)} is no time such as 500ms, 5s or 2m`);
  return 0;
}

/** What can't be on a topology of these nodes. */
export function problemsOn(
  faults: readonly PlannedFault[],
  nodes: readonly string[],
  recover: string,
): readonly Problem[] {
  return faults.flatMap(({ text, fault, node }) => {
    const message = problemOn(fault, node, nodes, recover);
    return message === null ? [] : [{ source: sourceOf(text), message }];
  });
}

function problemOn(
  fault: FaultName,
  node: string | null,
  nodes: readonly string[],
  recover: string,
): string | null {
  const isAlone = nodes.length < 2;
  if (fault === 'kill-master' && recover === 'promote' && isAlone)
    return 'nobody could be promoted: the topology has no replica';
  if (node === 'replica' && isAlone) return 'the topology has no replica';
  if (node === null || ROLES.includes(node) || nodes.includes(node)) return null;
  return `no node is named ${quoted(node)}${suggestion(node, [...nodes, ...ROLES])}`;
}
