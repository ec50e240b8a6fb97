/**
 * The account of a failover: each write against what the survivor holds, the times, the
 * resynchronisations, and a verdict.
 */
import type { LiveNode } from '../live/live-topology.js';
import { describeResync, linesAfter, type Resync } from '../live/resyncs.js';
import { NoReplyError, ReplyError } from '../redis/node.js';
import { lostWrites, type StreamHistory } from '../stream/history.js';
import { check, type Findings, type Presence } from './checker.js';
import type { Ledger } from './ledger.js';
import { presumed, readBack, removeLists, samePresence } from './read-back.js';
import type { Outcome, Recovery, WatchedScene } from './recoveries.js';
import type { TimelineEvent } from './timeline.js';
import { type Judgement, judge, type Promises } from './verdict.js';
import { type Testimony, testify, type Witness } from './witness.js';

export interface AccountOptions {
  readonly recover: Recovery;
  readonly wait: number;
  readonly seed: number;
  readonly maxLoss: number | null;
  /** Names this run's keys: `rrepl:drill:<run>:<writer>`. */
  readonly run: string;
}

/** What came of the failover drill: times in milliseconds, and every acknowledged write accounted for. */
export interface KillMasterReport extends Findings, Judgement {
  readonly drill: 'kill-master';
  readonly topology: string;
  readonly seed: number;
  readonly recover: Recovery;
  readonly wait: number;
  /** From the last acknowledged write before the death to the first one after it; null if there was none. */
  readonly downtimeMs: number | null;
  /** From the death of the master (connections cut) to the first acknowledged write. */
  readonly failoverMs: number | null;
  readonly killed: string;
  readonly promoted: string | null;
  readonly timeline: readonly TimelineEvent[];
  readonly resyncs: readonly Resync[];
  /** How often all nodes were asked who is master; and when two of them would have taken writes. */
  readonly samples: number;
  readonly twoMasters: number;
  /** What the killed master's own stream says is lost; null where it can't be said. */
  readonly witness: Witness | null;
  /** Why not; null if it is said. */
  readonly witnessUnknown: string | null;
}

interface Account {
  readonly scene: WatchedScene;
  readonly outcome: Outcome;
  readonly options: AccountOptions;
  readonly promises: Promises;
  readonly ledger: Ledger;
  readonly deathMs: number;
  /** Of the tapped master; in words, why it is not tapped. */
  readonly histories: readonly StreamHistory[] | string;
}

export async function account(account: Account): Promise<KillMasterReport> {
  const { scene, outcome, options, promises, ledger, deathMs } = account;
  const { live, master, facts, sampler, timeline } = scene;
  const { run, seed } = options;
  const readable = live.nodes.filter(
    ({ name }) => options.recover !== 'none' || name !== master.name,
  );
  const presences = await readAll(readable, run, seed, ledger);
  const found = presences.find(({ node }) => node === outcome.survivor);
  // Nothing is known of what could not be read: the writes are presumed to be there.
  const survivor = found ?? presumed(outcome.survivor, ledger);
  const samples = sampler.offsets.filter(
    ({ node, id }) => node === master.name && id === facts.replication.id,
  );
  const cut = outcome.cut === null ? null : { offset: outcome.cut, samples };
  const findings = check(ledger, survivor, { atMs: deathMs, cut });
  const heard = found ? listen(account, survivor, findings) : 'nothing could be read back';
  const testimony = typeof heard === 'string' ? null : heard;
  const resyncs = options.recover === 'none' ? [] : await describeResyncs(scene, outcome);
  const defects = [
    ...sampler.conflicts.map(
      ({ atMs, masters }) => `two masters at ${atMs.toFixed(1)} ms: ${masters.join(' and ')}`,
    ),
    ...presences
      .filter((presence) => options.recover !== 'none' && !samePresence(presence, survivor))
      .map(({ node }) => `${node} holds other writes than ${survivor.node}`),
    ...unexpectedFull(resyncs, scene, options.recover),
    ...(testimony?.defects ?? []),
  ];
  // Without a master nobody takes the deletion: then the lists expire by themselves.
  const holder = live.nodes.find(({ name }) => name === outcome.survivor);
  if (holder && found && options.recover !== 'none')
    await removeLists(holder.redis, run, ledger.writers);
  return {
    drill: 'kill-master',
    topology: live.name,
    ...judge({
      findings,
      promises,
      maxLoss: options.maxLoss,
      deathMs,
      defects,
      readable: found !== undefined,
    }),
    seed,
    recover: options.recover,
    wait: options.wait,
    ...findings,
    ...writerTimes(ledger, deathMs),
    killed: master.name,
    promoted: outcome.promoted,
    timeline: [...timeline.events].sort((a, b) => a.atMs - b.atMs),
    resyncs,
    samples: sampler.rounds,
    twoMasters: sampler.conflicts.length,
    witness: testimony && { lost: testimony.lost, lastEventLoop: testimony.lastEventLoop },
    witnessUnknown: typeof heard === 'string' ? heard : null,
  };
}

/** In words, why there is nothing to compare. */
function listen(
  { scene, outcome, options, ledger, deathMs, histories }: Account,
  survivor: Presence,
  { lostBeforeCut, lostAfterDeath }: Findings,
): Testimony | string {
  if (typeof histories === 'string') return histories;
  if (outcome.cut === null) return 'the survivor goes on with another stream';
  if (histories.length === 0) return 'it gave no stream';
  if (lostBeforeCut !== 0 || lostAfterDeath > 0) return 'writes are lost that no cut explains';
  const { id } = scene.facts.replication;
  const stream = lostWrites(histories, { id, offset: outcome.cut });
  if (stream.missingBytes > 0) return 'a part of it was not seen';
  return testify(ledger, survivor, { stream, run: options.run, seed: options.seed, deathMs });
}

/** Of those that answer; a node that can't be read has been missed by `converge` al */
async function readAll(nodes: readonly LiveNode[], run: string, seed: number, ledger: Ledger) {
  const presences = await Promise.all(
    nodes.map(({ redis }) =>
      readBack(redis, run, seed, ledger).catch((error) => {
        if (error instanceof NoReplyError || error instanceof ReplyError) return null;
        throw error;
      }),
    ),
  );
  return presences.filter((presence) => presence !== null);
}

/** As a writer saw it: the last acknowledgement before the death, the first of a write begun after it. */
function writerTimes(ledger: Ledger, deathMs: number) {
  let lastBefore: number | null = null;
  let firstAckMs: number | null = null;
  for (const { outcome, invokedMs, completedMs } of ledger.writes()) {
    if (outcome !== 'acknowledged') continue;
    if (completedMs <= deathMs) lastBefore = Math.max(lastBefore ?? 0, completedMs);
    else if (invokedMs >= deathMs) firstAckMs = Math.min(firstAckMs ?? completedMs, completedMs);
  }
  const since = (from: number | null): number | null =>
    from === null || firstAckMs === null ? null : Math.round((firstAckMs - from) * 10) / 10;
  return { downtimeMs: since(lastBefore), failoverMs: since(deathMs) };
}

async function describeResyncs(scene: WatchedScene, { survivor }: Outcome): Promise<Resync[]> {
  const { live, logMarks } = scene;
  const now = await live.lookAgain();
  const logs = new Map<string, readonly string[]>();
  await Promise.all(
    now.nodes.map(async ({ name, container }) => {
      const log = container === null ? [] : await live.runtime.logTail(container.name, 'all');
      logs.set(name, linesAfter(log, logMarks.get(name)));
    }),
  );
  return now.nodes
    .filter(({ name }) => name !== survivor)
    .map(({ name, address }) =>
      describeResync(name, {
        replica: logs.get(name) ?? [],
        upstream: logs.get(survivor) ?? [],
        address,
      }),
    );
}

/** The promoted node keeps the old replication id as its second, so the others resume from its backlog. */
function unexpectedFull(
  resyncs: readonly Resync[],
  { master }: WatchedScene,
  recover: Recovery,
): string[] {
  if (recover !== 'promote') return [];
  return resyncs
    .filter(({ node, kind }) => kind === 'full' && node !== master.name)
    .map(
      ({ node, reason }) =>
        `${node} needed a full resync after the promotion: ${reason ?? 'no reason logged'}`,
    );
}
