/** Why a node's stream is what it is, as people read it: sentences first, then the lines of the logs. */
import { bytes, count, duration } from '../format.js';
import type { SyncCause } from '../live/sync-story.js';
import type { NodeSync, Why } from '../live/why.js';
import { coloursFor } from './colours.js';
import { nextSyncText } from './next-sync-text.js';
import { type Sink, wrapped } from './wrap.js';

interface Output {
  readonly stdout: Sink;
  readonly env: NodeJS.ProcessEnv;
}

export function whyText(why: Why, { stdout, env }: Output): string {
  const sentences = why.role === 'master' ? masterText(why) : replicaText(why);
  const colours = coloursFor(stdout, env);
  const width = Math.max(...why.evidence.map(({ node }) => node.length));
  const lines = why.evidence.map(
    ({ node, line }) => `${colours.dim(`${node.padEnd(width)} | ${line}`)}\n`,
  );
  return [
    ...sentences.map((it) => wrapped(`${it}\n`, stdout)),
    ...(lines.length === 0 ? [] : ['\n']),
    ...lines,
  ].join('');
}

function masterText({ node, masterSince, syncs }: Why): string[] {
  const how = { promoted: 'it was promoted', started: 'it was started as one' };
  const since = masterSince
    ? `${how[masterSince.how]} ${ago(masterSince.at)}`
    : 'its log does not say since when';
  return [
    `${node} is a master: ${since}.`,
    ...(syncs.length === 0 ? ['No replica has synchronised with it.'] : syncs.map(replicaLine)),
  ];
}

/** `redis-2 last synchronised 12.3 s ago: full, an RDB of 38.5 KB, in 119 ms.` */
function replicaLine({ node, kind, at, bytes: size, tookMs }: NodeSync): string {
  const cargo = { full: 'an RDB', partial: 'backlog' }[kind];
  const cost = size === null ? cargo : `${cargo} of ${bytes(size)}`;
  return `${node} last synchronised ${ago(at)}: ${kind}, ${cost}, in ${time(tookMs)}.`;
}

function replicaText({ node, upstream, link, problem, syncs: [sync], nextSync }: Why): string[] {
  const story =
    sync === undefined
      ? [`${node} has not synchronised, as far as its log tells.`]
      : [headline(sync), questionText(sync), ...answerText(sync)];
  const now = problem === null ? [] : [`Now: ${problem}.`];
  if (nextSync === null) return [...story, ...now];
  const when =
    link === 'up'
      ? `If its link to ${upstream} broke now`
      : `When its link to ${upstream} comes back`;
  return [...story, ...now, `${when}: ${nextSyncText(nextSync)}.`];
}

const headline = ({ node, upstream, kind, at, tookMs }: NodeSync): string =>
  `${node} last synchronised ${ago(at)} with ${upstream ?? 'its upstream'}: ${kind}, in ${time(tookMs)}.`;

const CAUSES: Readonly<Record<SyncCause, string>> = {
  started: 'It had been started: it',
  'link lost': 'Its link had broken: it',
  'output buffer limit':
    'Its upstream had closed the link, because what waited for it exceeded client-output-buffer-limit: it',
  'replica timeout':
    'Its upstream had closed the link, because it had not heard of it for repl-timeout: it',
  told: 'It had been told to replicate from there: it',
};

function questionText({ cause, request }: NodeSync): string {
  const it = cause === null ? 'It' : CAUSES[cause];
  if (request === null) return `${it} had nothing to go on with and asked for all.`;
  const source = cause === 'started' ? ', as the RDB on its disk said' : '';
  return `${it} asked for offset ${count(request.next)} of stream ${request.id.slice(0, 8)}${source}.`;
}

function answerText(sync: NodeSync): string[] {
  const { kind, upstreamRestarted, refusal, bytes: size } = sync;
  const name = sync.upstream ?? 'its upstream';
  const upstream = upstreamRestarted ? `${name}, started anew in between,` : name;
  if (kind === 'partial') {
    if (size === null) return [];
    return [`${upstream} accepted: ${size === 0 ? 'nothing was' : `${bytes(size)} were`} missing.`];
  }
  // The evidence has the rest of its words.
  const words = refusal?.replace(/ \(.*/, '');
  const refused = words === undefined ? [] : [`${upstream} refused: ${words}.`];
  return [...refused, ...rdbText(sync, name), ...phasesText(sync)];
}

function rdbText({ rdb, bytes: size }: NodeSync, upstream: string): string[] {
  const weight = size === null ? 'an RDB' : `an RDB of ${bytes(size)}`;
  if (rdb === null) return size === null ? [] : [`It got ${weight}.`];
  const made = rdb.target === 'disk' ? 'saved on disk' : 'streamed from memory (diskless)';
  const others = rdb.sharedWith.length === 0 ? '' : `, for ${rdb.sharedWith.join(', ')} too`;
  return [`${upstream} sent ${weight}, ${made}${others}.`];
}

function phasesText({ phases }: NodeSync): string[] {
  if (phases === null) return [];
  const { saveMs, transferMs, loadMs } = phases;
  const received =
    transferMs === null
      ? `${time(loadMs)} to load it as it came`
      : `${time(transferMs)} to receive it, ${time(loadMs)} to load it`;
  return [`It took ${time(saveMs)} until it came, ${received}.`];
}

const ago = (iso: string): string => `${duration(Math.max(0, Date.now() - Date.parse(iso)))} ago`;

/** The logs count in milliseconds. */
function time(ms: number): string {
  if (ms < 1) return 'under 1 ms';
  return ms < 1000 ? `${ms} ms` : duration(ms);
}
