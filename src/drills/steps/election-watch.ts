/** All that sentinels and servers say of who is the master, from a fault on. */
import { FailedError } from '../../errors.js';
import type { LiveTopology } from '../../live/live-topology.js';
import { askReplication } from '../../redis/ask.js';
import type { RedisNode } from '../../redis/node.js';
import { askMonitored } from '../../redis/sentinel.js';
import { sleep } from '../../sleep.js';
import type { Stage } from '../stage.js';

/** Times are milliseconds since the fault; null while it has not come. */
export interface Watched {
  /** When the first sentinel found the master down, and when the first had the quorum. */
  readonly sdownMs: number | null;
  readonly odownMs: number | null;
  readonly promoted: string | null;
  readonly promotedMs: number | null;
  /** When each sentinel named another master, by sentinel. */
  readonly named: ReadonlyMap<string, number>;
}

const EVERY_MS = 20;

export class ElectionWatch {
  readonly #over = new AbortController();
  readonly #stage: Stage;
  readonly #onPromoted: (node: string) => void;
  readonly #sinceMs: number;
  readonly #named = new Map<string, number>();
  readonly #answering = new Set<string>();
  #seen: Watched;

  private constructor(stage: Stage, onPromoted: (node: string) => void) {
    this.#stage = stage;
    this.#onPromoted = onPromoted;
    this.#sinceMs = stage.timeline.clock();
    const nothing = { sdownMs: null, odownMs: null, promoted: null, promotedMs: null };
    this.#seen = { ...nothing, named: this.#named };
  }

  /** Over connections of its own: what hangs holds up nobody else. */
  static async begin(
    stage: Stage,
    master: string,
    onPromoted: (node: string) => void,
  ): Promise<ElectionWatch> {
    const { live } = stage;
    const address = addressOf(live, master);
    const watch = new ElectionWatch(stage, onPromoted);
    for (const { name } of live.nodes.filter((it) => it.name !== master)) {
      void watch.#follow(name, (server) => watch.#lookAtServer(server));
    }
    for (const { name } of live.sentinels) {
      void watch.#follow(name, (sentinel) => watch.#lookAtSentinel(sentinel, address));
    }
    return watch;
  }

  end(): void {
    this.#over.abort();
  }

  get seen(): Watched {
    return this.#seen;
  }

  /** Sentinels that answer and name the old master still. */
  unnamed(): string[] {
    return [...this.#answering].filter((name) => !this.#named.has(name));
  }

  async #follow(name: string, look: (node: RedisNode) => Promise<void>): Promise<void> {
    const { signal } = this.#over;
    const node = this.#stage.live.connect(name);
    while (!signal.aborted) {
      await look(node).catch(() => this.#answering.delete(name));
      await sleep(EVERY_MS, signal).catch(() => {});
    }
    node.close();
  }

  async #lookAtServer(server: RedisNode): Promise<void> {
    const { role } = await askReplication(server);
    if (role !== 'master' || this.#seen.promoted !== null || this.#over.signal.aborted) return;
    this.#seen = { ...this.#seen, promoted: server.name, promotedMs: this.#now() };
    this.#stage.timeline.note('promoted', server.name);
    this.#onPromoted(server.name);
  }

  async #lookAtSentinel(sentinel: RedisNode, address: string): Promise<void> {
    const { name } = this.#stage.live;
    const view = await askMonitored(sentinel, name);
    if (view === null || this.#over.signal.aborted) return;
    this.#answering.add(sentinel.name);
    if (view.host !== address) {
      if (this.#named.has(sentinel.name)) return;
      this.#named.set(sentinel.name, this.#now());
      this.#stage.timeline.note('names another master', sentinel.name);
      return;
    }
    const { sdownMs, odownMs } = this.#seen;
    const first = (flag: string, before: number | null) =>
      before ?? (view.flags.includes(flag) ? this.#now() : null);
    const now = { sdownMs: first('s_down', sdownMs), odownMs: first('o_down', odownMs) };
    this.#seen = { ...this.#seen, ...now };
  }

  #now(): number {
    return this.#stage.timeline.clock() - this.#sinceMs;
  }
}

/** What sentinels call it: it keeps its address, dead or alive. */
function addressOf({ nodes }: LiveTopology, name: string): string {
  const address = nodes.find((it) => it.name === name)?.fixedAddress;
  if (address == null) throw new FailedError(`${name} has no address`);
  return address;
}
