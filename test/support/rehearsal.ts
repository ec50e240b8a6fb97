/** Drills without their faults, played in this process on topologies that are used again. */
import { randomBytes } from 'node:crypto';
import type { Act, Drill } from '../../src/drills/drill.js';
import type { DrillReport } from '../../src/drills/drill-report.js';
import { runDrill, type Topologies } from '../../src/drills/run-drill.js';
import { type LiveTopology, openTopology } from '../../src/live/live-topology.js';
import { drillTopologies } from '../../src/operations/drill-topologies.js';
import { resetAll } from '../../src/operations/reset-all.js';
import type { Limits } from '../../src/redis/wait.js';
import { IMAGE, SECURITY } from './docker.js';
import { ACT_MS, engine } from './play.js';

/** Plays drills that break nothing, on topologies that are reset for the next act that wants the same. */
export class Rehearsal {
  readonly #topologies = drillTopologies(
    engine,
    { image: IMAGE, security: SECURITY },
    { emit: () => {} },
  );
  /** Nobody plays on them now; the one that has been idle for longest comes first. */
  readonly #idle: Reusable[] = [];
  /** By the name that a drill knows. */
  readonly #taken = new Map<string, Reusable>();

  play(one: Drill): Promise<DrillReport> {
    return runDrill(one, {
      topologies: {
        up: (...wanted) => this.#take(...wanted),
        down: (name) => this.#giveBack(name),
      },
      ...{ image: IMAGE, run: randomBytes(4).toString('hex'), actMs: ACT_MS },
      signal: new AbortController().signal,
    });
  }

  async #take(...[name, act, limits]: Parameters<Topologies['up']>) {
    const wish = wishOf(act);
    const at = this.#idle.findIndex((it) => it.wish === wish);
    const [idle] = at < 0 ? [] : this.#idle.splice(at, 1);
    // Whoever fails now is not used again.
    this.#taken.set(name, { wish: '', name: idle?.name ?? name });
    const live = await (idle === undefined
      ? (await this.#topologies).up(name, act, limits)
      : asNew(idle.name, limits));
    // A reset would look like a failure to sentinels.
    const isReusable = act.topology.sentinels === undefined;
    this.#taken.set(name, { wish: isReusable ? wish : '', name: live.name });
    return live;
  }

  async #giveBack(drill: string): Promise<void> {
    const taken = this.#taken.get(drill);
    if (taken === undefined) return;
    if (taken.wish === '') this.#idle.unshift(taken);
    else this.#idle.push(taken);
    if (this.#idle.length > IDLE || taken.wish === '') await this.#remove();
  }

  async #remove(): Promise<void> {
    const first = this.#idle.shift();
    if (first !== undefined) await (await this.#topologies).down(first.name);
  }

  /** Removes all that is left. */
  async end(): Promise<void> {
    while (this.#idle.length > 0) await this.#remove();
  }
}

/** An engine holds few topologies. */
const IDLE = 2;

interface Reusable {
  readonly wish: string;
  readonly name: string;
}

async function asNew(name: string, limits: Limits): Promise<LiveTopology> {
  const runtime = await engine.connectRuntime(limits.signal);
  const live = await openTopology(runtime, engine.loadRedis, name);
  await resetAll(live, { ...limits, emit: () => {} }, null);
  return live;
}

/** The same for acts that may have the same topology. */
export const wishOf = ({ topology, disks }: Pick<Act, 'topology' | 'disks'>): string =>
  JSON.stringify([topology, disks]);
