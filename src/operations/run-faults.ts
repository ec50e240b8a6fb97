/** Plays faults on a topology while a program runs against it, each at its time, and undoes them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { kill } from '../drills/failover-run.js';
import { FAULTS, type FaultName, type Undoing } from '../drills/faults.js';
import type { OldTopology } from '../drills/old-topology.js';
import { RECOVERIES, type Recovery, refuseRecovery, usualRecovery } from '../drills/recoveries.js';
import type { Timeline } from '../drills/timeline.js';
import { findNode } from '../live/find-node.js';
import { containerOf, type LiveTopology } from '../live/live-topology.js';
import { readStatus } from '../live/status.js';
import type { PlannedFault } from '../program/faults.js';
import type { FaultReport } from '../program/report.js';
import { askNode } from '../redis/ask.js';
import { Deadline } from '../redis/wait.js';
import { faultOf } from './faults.js';
import { heal } from './heal.js';
import type { Engine, OperationEvent } from './operation.js';
import { status } from './status.js';
import { switchover } from './switchover.js';
import { changeTopology } from './topology.js';

export interface PlayOptions {
  readonly topology: string;
  /** The usual one if it isn't said. */
  readonly recover: Recovery | undefined;
  /** The topology is removed afterwards: what a fault costs is nobody's. */
  readonly removedAfter: boolean;
  readonly timeline: Timeline;
  readonly emit: (event: OperationEvent) => void;
  /** Where what a former master would lose goes; nowhere if the topology is removed afterwards. */
  readonly salvageTo: string | undefined;
}

type Played = Omit<FaultReport, 'noAnswerMs'>;

/** For one fault with its recovery. */
const FAULT_MS = 60_000;

/**
 * From this moment on. One after the other: what is due while another is at work follows it. When
 * the signal aborts, what is at work is done to its end, and nothing more is begun.
 */
export async function playFaults(
  engine: Engine,
  faults: readonly PlannedFault[],
  options: PlayOptions,
  signal: AbortSignal,
): Promise<Played[]> {
  const { clock } = options.timeline;
  const zeroMs = clock();
  const players = faults.map((fault) => new FaultPlayer(engine, fault, options));
  const agenda = players
    .flatMap((player) => player.agenda())
    .sort((one, other) => one.atMs - other.atMs);
  for (const { atMs, act } of agenda) {
    const restMs = Math.max(0, zeroMs + atMs - clock());
    await sleep(restMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
    await act();
  }
  return players.map(({ played }) => played);
}

/** What is told of faults that were never begun. */
export const notPlayed = (faults: readonly PlannedFault[], why: string): Played[] =>
  faults.map(({ text }) => ({
    ...{ fault: text, node: null, beganMs: null, endedMs: null },
    ...{ outcome: 'not played', why },
  }));

class FaultPlayer {
  played: Played;
  readonly #engine: Engine;
  readonly #planned: PlannedFault;
  readonly #options: PlayOptions;

  constructor(engine: Engine, planned: PlannedFault, options: PlayOptions) {
    this.#engine = engine;
    this.#planned = planned;
    this.#options = options;
    [this.played] = notPlayed([planned], 'the program ended before') as [Played];
  }

  agenda() {
    const { atMs, forMs, fault } = this.#planned;
    const undoing = FAULTS[fault].undoneBy;
    const begin = { atMs, act: () => this.#begin() };
    if (forMs === null || undoing === null) return [begin];
    return [begin, { atMs: atMs + forMs, act: () => this.#undo(undoing) }];
  }

  async #begin(): Promise<void> {
    const { fault } = this.#planned;
    const beganMs = this.#now();
    this.played = { ...this.played, beganMs, outcome: 'done', why: null };
    await this.#try(async () => {
      const node = await this.#do(fault, this.#planned.node ?? '');
      this.played = { ...this.played, node };
      // What comes back by itself has.
      if (FAULTS[fault].undoneBy === null) this.played = { ...this.played, endedMs: this.#now() };
    });
  }

  async #undo(undoing: Undoing): Promise<void> {
    const { node, outcome } = this.played;
    if (node === null || outcome !== 'done') return;
    await this.#try(async () => {
      await this.#do(undoing, node);
      this.played = { ...this.played, endedMs: this.#now() };
    });
  }

  /** Resolves with the node that it hit. */
  async #do(fault: FaultName | Undoing, wanted: string): Promise<string> {
    const { topology, removedAfter: yes, timeline, emit, salvageTo } = this.#options;
    if (fault === 'kill-master') return killAndRecover(this.#engine, this.#options);
    const onEvent = (event: OperationEvent) => {
      if (event.type === 'waiting' || !yes) emit(event);
    };
    const options = { timeoutMs: FAULT_MS, onEvent, salvageTo };
    if (fault === 'heal') {
      await heal(this.#engine, { topology }, options);
      timeline.note(fault);
      return wanted;
    }
    if (fault === 'switchover') {
      const before = findNode(await status(this.#engine, { topology }), 'master').name;
      const { master } = await switchover(this.#engine, { topology }, options);
      timeline.note(fault, master);
      return before;
    }
    const input = { topology, node: wanted, yes };
    const { node } = await faultOf(fault)(this.#engine, input, options);
    timeline.note(fault, node);
    return node;
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.played = { ...this.played, outcome: 'failed', why };
      this.#options.timeline.note(`${this.#planned.text} failed: ${why}`);
    }
  }

  #now(): number {
    return Math.round(this.#options.timeline.clock() * 10) / 10;
  }
}

const NOBODY = { pointTo: () => {}, include: () => {} };

/** The failover of `kill-master`, with the program's load in the place of rrepl's. */
async function killAndRecover(engine: Engine, options: PlayOptions): Promise<string> {
  const { topology, recover, removedAfter, timeline, emit, salvageTo } = options;
  const signal = AbortSignal.timeout(FAULT_MS);
  return changeTopology(engine, topology, { signal, emit }, async (live) => {
    const limits = { deadline: new Deadline(FAULT_MS), signal };
    const old = await rolesIn(live);
    let killing: Promise<void> = Promise.resolve();
    await kill({ ...old, timeline, limits }, () => {
      killing = live.runtime.killContainer(containerOf(old.master), 'SIGKILL');
      killing.catch(() => {});
      return killing;
    });
    const salvaging = salvageTo === undefined ? null : { salvageTo, emit };
    const scene = { ...old, timeline, limits, killing, removedAfter, salvaging };
    const watched = live.sentinels.length;
    const way = recover ?? usualRecovery(watched);
    refuseRecovery(way, topology, watched);
    await RECOVERIES[way]({ ...scene, load: NOBODY, sampler: NOBODY });
    return old.master.name;
  });
}

/** Not all of its nodes need be well: other faults may be at work. @throws FailedError without one master */
async function rolesIn(live: LiveTopology): Promise<OldTopology> {
  const status = await readStatus(live);
  const { name } = findNode(status, 'master');
  const isReplica = (node: string) =>
    status.nodes.some((it) => it.name === node && it.role === 'replica');
  const [master] = live.nodes.filter((it) => it.name === name);
  if (master === undefined) throw new Error('a node of the status is one of the topology');
  const replicas = live.nodes.filter((it) => isReplica(it.name));
  return { live, master, replicas, facts: await askNode(master.redis) };
}
