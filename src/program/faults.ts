/** Faults as people spell them: `pause:replica@8s+2s`. Pure. */
import { FAULTS, type FaultName } from '../drills/faults.js';
import type { Recovery } from '../drills/recoveries.js';
import { durationMs } from '../duration.js';
import { inInput, type Place, type Problem } from '../errors.js';
import { quoted } from '../format.js';
import { suggestion } from '../topology/nearest.js';

export interface PlannedFault {
  /** As it was spelled, or as it would be. */
  readonly text: string;
  readonly fault: FaultName;
  /** A node's name, `master` or `replica`; null for what names none, as `kill-master`. */
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

/** All that can be read, and all that is wrong, with the fault as it was spelled. */
export function parseFaults(texts: readonly string[]): {
  faults: readonly PlannedFault[];
  problems: readonly Problem[];
} {
  const faults: PlannedFault[] = [];
  const problems: Problem[] = [];
  for (const text of texts) {
    const { fault, messages } = parseFault(text);
    if (messages.length === 0) faults.push(fault);
    problems.push(...messages.map((message) => ({ ...placeOf(text), message })));
  }
  return { faults, problems };
}

const placeOf = (text: string): Place => inInput('fault', quoted(text));

function parseFault(text: string): { fault: PlannedFault; messages: readonly string[] } {
  const messages: string[] = [];
  const [, name = '', node, at, length] = SPELLING.exec(text) ?? [text, text];
  const fault = name as FaultName;
  if (!Object.hasOwn(FAULTS, name)) {
    const known = Object.keys(FAULTS);
    messages.push(`${quoted(name)} is no fault${suggestion(name, known)}; it is ${HOW}`);
  } else {
    messages.push(...nodeProblems(fault, node));
    if (length !== undefined && FAULTS[fault].undoneBy === null) {
      messages.push(`${fault} has no end of its own: leave out ${quoted(`+${length}`)}`);
    }
  }
  const atMs = at === undefined ? 0 : timeOf(at, messages);
  const forMs = length === undefined ? null : timeOf(length, messages);
  return { fault: { text, fault, node: node ?? null, atMs, forMs }, messages };
}

function nodeProblems(fault: FaultName, node: string | undefined): string[] {
  if (!FAULTS[fault].namesNode)
    return node === undefined ? [] : [`${fault} names no node: it is the master's`];
  return node ? [] : [`${fault} needs a node: ${fault}:replica, ${fault}:redis-2`];
}

function timeOf(text: string, messages: string[]): number {
  const ms = /^0+(ms|s|m|h)?$/.test(text) ? 0 : durationMs(text);
  if (ms !== null && ms <= MOST_MS) return ms;
  messages.push(`${quoted(text)} is no time such as 500ms, 5s or 2m`);
  return 0;
}

/** The topology that faults are done to. */
export interface Ground {
  readonly nodes: readonly string[];
  readonly sentinels: readonly string[];
  readonly recover: Recovery;
  /** It is made for this, and removed. */
  readonly isFresh: boolean;
}

/** What can't be done there. */
export const problemsOn = (faults: readonly PlannedFault[], ground: Ground): readonly Problem[] =>
  faults.flatMap((it) => {
    const message = problemOn(it, faults, ground);
    return message === null ? [] : [{ ...placeOf(it.text), message }];
  });

/** A replica takes the role. */
const PROMOTES: ReadonlySet<FaultName> = new Set(['switchover', 'replicaof-no-one']);

/** What is done to sentinels as it is to servers. */
const OF_SENTINELS: readonly FaultName[] = ['kill', 'stop', 'restart', 'pause', 'disconnect'];

function problemOn(
  { fault, node }: PlannedFault,
  all: readonly PlannedFault[],
  { nodes, sentinels, recover, isFresh }: Ground,
): string | null {
  const isAlone = nodes.length < 2;
  if (isAlone && (PROMOTES.has(fault) || (fault === 'kill-master' && recover === 'promote')))
    return 'nobody could be promoted: the topology has no replica';
  if (node === 'replica' && isAlone) return 'the topology has no replica';
  if (fault === 'full-disk') {
    if (!isFresh) return 'it wants small disks, which only a topology has that is made for this';
    const ending = all.find((it) => isRestart(it, recover));
    // A disk that is small enough to be filled is in memory.
    if (ending)
      return `its disks are in memory and gone when a server ends: ${ending.text} can't be beside it`;
  }
  if (node !== null && sentinels.includes(node)) {
    return OF_SENTINELS.includes(fault)
      ? null
      : `${fault} is done to servers, and ${node} is a sentinel`;
  }
  if (node === null || ROLES.includes(node) || nodes.includes(node)) return null;
  return `no node is named ${quoted(node)}${suggestion(node, [...nodes, ...sentinels, ...ROLES])}`;
}

/** Whether a server ends, and may lead again with what its disk has, or what its disk has is set aside. */
const isRestart = ({ fault }: PlannedFault, recover: Recovery): boolean =>
  fault === 'kill-master'
    ? recover !== 'promote'
    : fault === 'restart' || ['start', 'heal'].includes(FAULTS[fault].undoneBy ?? '');
