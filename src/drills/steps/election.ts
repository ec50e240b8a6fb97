/** What the sentinels will do when a master fails: foretold by the election oracle, then watched. */
import type { ElectionFacts, Failure } from '../../election/facts.js';
import { type Election, predictElection } from '../../election/predict.js';
import { rangeText } from '../../election/times.js';
import { FailedError } from '../../errors.js';
import { duration } from '../../format.js';
import { readElection } from '../../live/election.js';
import type { ServerFacts } from '../../redis/info.js';
import { Deadline, waitUntil } from '../../redis/wait.js';
import { sleep } from '../../sleep.js';
import type { Claim } from '../claim.js';
import type { Step } from '../drill.js';
import type { Said, Stage } from '../stage.js';
import { ElectionWatch, type Watched } from './election-watch.js';
import type { BackgroundLoad } from './writes.js';

export interface Foretold extends Said {
  readonly election: Election;
}

export interface Expected {
  /** What fails with the master, and how. What is down already when it is foretold need not be named. */
  readonly failures: readonly Failure[] | ((server: ServerFacts) => readonly Failure[]);
  /** Sentinels that are down when it is foretold, and will be back when it comes. */
  readonly back?: readonly string[];
  /** Sentinels forget each other and the replicas before it comes (RESET). */
  readonly forgetful?: boolean;
  /** What `replica-priority` will be set to before it comes. */
  readonly priorities?: Readonly<Record<string, number>>;
  /** False where it does not begin with the failure: the master is dead before, or told to go. */
  readonly isTimed?: boolean;
  /** The node, or `nobody, s_down`; left out where only the rules can tell. */
  readonly claimed?: Claim['claimed'];
}

/** A machine that is busy adds to what is foretold. */
const PROMOTED_MS = 30_000;
/** A first try that finds no replica connected is followed by another after 2 × failover-timeout, 10 s unless it is set. */
const RETRY_MS = 20_000;
/** Longer than an election that succeeds takes here: then nobody is promoted. */
const NOBODY_MS = 3000;

/** One failure of a master under sentinels, and what comes of it. */
export class Failover {
  readonly master: string;
  readonly #load: BackgroundLoad | null;
  #watch: ElectionWatch | null = null;

  /** @param load goes on at whoever is the master */
  constructor(master: string, load: BackgroundLoad | null = null) {
    this.master = master;
    this.#load = load;
  }

  /** The fault, with all that sentinels and servers say from then on. */
  fails(fault: Step): Step {
    return {
      ...fault,
      run: async (stage) => {
        const onPromoted = (node: string) => this.#load?.leaveFor(node);
        this.#watch?.end();
        const watch = await ElectionWatch.begin(stage, this.master, onPromoted);
        stage.atEnd(() => watch.end());
        this.#watch = watch;
        await fault.run(stage);
      },
    };
  }

  /** Who is promoted, or that nobody is and how far the sentinels get. */
  promotes(expected: Expected): Claim<Foretold> {
    const { failures, claimed } = expected;
    const failing = ({ server }: Stage) =>
      typeof failures === 'function' ? failures(server) : failures;
    return {
      node: this.master,
      about: `whom the sentinels promote in place of ${this.master}`,
      ...(claimed !== undefined && { claimed }),
      foresee: async (stage) => {
        const facts = whenItComes(await factsOf(stage), expected);
        const election = predictElection(facts, failing(stage));
        return foretold(election, expected.isTimed ?? true);
      },
      look: async (stage, { election }) => {
        if (this.#watch === null) return { is: 'nothing has failed' };
        const away = failing(stage).flatMap(({ nodes }) => nodes);
        if (election.elected === null) await untilNobody(stage, this.watch, election);
        else await untilNamed(stage, this.watch, away, election.times?.firstWrite.from ?? 0);
        return { is: outcome(this.watch.seen), because: storyOf(this.watch.seen) || undefined };
      },
    };
  }

  /**
   * Sentinel never acts before down-after; later it may, on a busy machine.
   * @param earlierMs how much sooner than foretold it may come, where TILT began before the fault
   */
  notBefore(claim: Claim<Foretold>, earlierMs = 0): Step {
    return {
      kind: 'check',
      id: 'time',
      says: 'when was it promoted?',
      nodes: [this.master],
      run: async (stage) => {
        const { times } = stage.foreseenOf(claim).election;
        const { promoted, promotedMs } = this.watch.seen;
        if (times === null || promotedMs === null) throw new FailedError('nobody was promoted');
        const least = times.sdown.from - earlierMs;
        stage.check({
          id: 'time',
          node: promoted,
          verdict: promotedMs >= least ? 'pass' : 'fail',
          claim: `nobody is promoted before the sentinels may act (foretold ${rangeText(times.firstWrite)})`,
          expected: `not before ${duration(least)}`,
          seen: duration(promotedMs),
        });
      },
    };
  }

  /** That somebody is, whoever it may be. */
  get isOver(): Step {
    return {
      kind: 'check',
      id: 'promoted',
      says: 'do the sentinels promote a replica?',
      nodes: [this.master],
      run: async (stage) => {
        await untilNamed(stage, this.watch, [], RETRY_MS);
        stage.check({
          id: 'promoted',
          node: this.newMaster(),
          verdict: 'pass',
          claim: 'it is promoted, and every sentinel that answers names it',
          expected: 'a new master',
          seen: storyOf(this.watch.seen),
        });
      },
    };
  }

  /** @throws FailedError as long as nobody is promoted */
  newMaster(): string {
    const { promoted } = this.watch.seen;
    if (promoted === null) throw new FailedError('nobody was promoted');
    return promoted;
  }

  /** Of what was seen since the fault. */
  get watch(): ElectionWatch {
    if (this.#watch === null) throw new FailedError(`${this.master} has not failed`);
    return this.#watch;
  }
}

/** A sentinel loses a connection now and then and makes another one within a second: that is waited for. */
const CONNECTED_MS = 5000;

async function factsOf(stage: Stage): Promise<ElectionFacts> {
  const until = new Deadline(CONNECTED_MS);
  for (;;) {
    const facts = await readElection(stage.live);
    if (facts === null) throw new FailedError('the drill has no sentinels');
    const isConnected = facts.replicas.every(({ disconnected }) => !disconnected);
    if (isConnected || until.remainingMs() === 0) return facts;
    await sleep(50, stage.signal);
  }
}

function whenItComes(facts: ElectionFacts, expected: Expected): ElectionFacts {
  const { back = [], forgetful = false, priorities = {} } = expected;
  const sentinels = [...facts.sentinels, ...returned(facts, back)];
  const forgetting = { peers: [], replicas: [] };
  return {
    ...facts,
    sentinels: sentinels.map((it) => ({ ...it, ...(forgetful && forgetting) })),
    replicas: facts.replicas.map((it) => ({
      ...it,
      priority: priorities[it.name] ?? it.priority,
    })),
  };
}

/** They are as the first of those that answer. */
function returned({ sentinels: [like] }: ElectionFacts, back: readonly string[]) {
  if (like === undefined) return [];
  const all = [like.name, ...like.peers];
  return back.map((name) => ({ ...like, name, peers: all.filter((it) => it !== name) }));
}

function foretold(election: Election, isTimed: boolean): Foretold {
  const { elected, because, times, heldUp, reaches } = election;
  if (elected === null || times === null) {
    return { is: `nobody, ${reaches}`, because: because ?? undefined, election };
  }
  const held = heldUp === null ? '' : ` (${heldUp})`;
  const when = !isTimed ? '' : `; in ${rangeText(times.firstWrite)}${held}`;
  return { is: elected.replica, because: `${elected.because}${when}`, election };
}

function outcome({ promoted, odownMs, sdownMs }: Watched): string {
  if (promoted !== null) return promoted;
  return `nobody, ${odownMs !== null ? 'o_down' : sdownMs !== null ? 's_down' : 'up'}`;
}

function storyOf({ promotedMs, sdownMs, odownMs, named }: Watched): string {
  const parts: readonly (readonly [string, number | null])[] = [
    ['s_down', sdownMs],
    ['o_down', odownMs],
    ['promoted', promotedMs],
    ...[...named.values()].map((ms) => ['named', ms] as const),
  ];
  return parts
    .flatMap(([what, ms]) => (ms === null ? [] : [`${what} after ${duration(ms)}`]))
    .join(', ');
}

/**
 * Until one is promoted and every sentinel that answers names it.
 * @param away fail with the master: a sentinel among them names whom it will
 * @param heldUpMs how long it will take at the least
 */
async function untilNamed(
  stage: Stage,
  watch: ElectionWatch,
  away: readonly string[],
  heldUpMs: number,
): Promise<void> {
  const unnamed = () => watch.unnamed().filter((name) => !away.includes(name));
  const look = async () =>
    watch.seen.promoted !== null && unnamed().length === 0 ? true : undefined;
  const describe = () =>
    watch.seen.promoted === null
      ? 'the sentinels to promote a replica'
      : `${unnamed().join(', ')} to name ${watch.seen.promoted} as the master`;
  const wait = { ...stage.within(PROMOTED_MS + heldUpMs), everyMs: 20, describe };
  await waitUntil(look, wait);
}

/** Until they are as far as they get, and for a while after. */
async function untilNobody(stage: Stage, watch: ElectionWatch, { reaches }: Election) {
  const look = async () => {
    const { promoted, odownMs, sdownMs } = watch.seen;
    const arrived = {
      up: true,
      s_down: sdownMs !== null,
      o_down: odownMs !== null,
      failover: false,
    };
    return promoted !== null || arrived[reaches] ? true : undefined;
  };
  const describe = () => `a sentinel to find the master ${reaches}`;
  await waitUntil(look, { ...stage.within(PROMOTED_MS), everyMs: 20, describe });
  await sleep(NOBODY_MS, stage.signal);
}
