/** From a wish to a topology in sync. */
import { randomUUID } from 'node:crypto';
import { bringUp } from '../execute/bring-up.js';
import { readStatus, type StatusWish, type TopologyStatus } from '../live/status.js';
import { changesOf } from '../plan/plan-text.js';
import type { Wish } from '../topology/load.js';
import { tellMoved, whenMoved } from './failover.js';
import { alone } from './lock.js';
import type { Engine, OperationOptions } from './operation.js';
import { endInTime, startRun } from './run.js';
import { withTopology } from './topology.js';

export interface UpInput extends StatusWish {
  readonly wish: Wish;
  /** On failure keep what was created. */
  readonly retain?: boolean | undefined;
}

export interface UpResult {
  readonly status: TopologyStatus;
  /** False if everything was as wished already. */
  readonly changed: boolean;
  readonly elapsedMs: number;
}

const TIMEOUT_MS = 60_000;

/**
 * Brings a topology up, or what is there to what is wished, and waits until every replica is in
 * sync. What a failed run created is removed again. 60 s unless `timeoutMs` says otherwise.
 */
export async function up(
  engine: Engine,
  { wish, retain = false, ...shown }: UpInput,
  options: OperationOptions = {},
): Promise<UpResult> {
  const { name } = wish;
  const begun = startRun(options, TIMEOUT_MS);
  const what = `${name} is not up`;
  // Loaded while the engine is asked who it is.
  const loading = engine.loadRedis();
  loading.catch(() => {});
  return alone(engine, name, { ...begun, what }, () =>
    endInTime(begun, what, async (run) => {
      const { connectRuntime, owners } = engine;
      const connect = await loading;
      const id = randomUUID();
      const tell = (master: string) =>
        // After a failure the engine may be gone, and that failure is what counts.
        withTopology(engine, name, run, async (live) => tellMoved(live, master, run)).catch(
          () => {},
        );
      const plan = await whenMoved(run, tell, (emit) =>
        bringUp({ id, wish, connectRuntime, connect, owners, retain, ...run, emit }),
      );
      const status = await withTopology(engine, name, run, (live) => readStatus(live, shown));
      const changed = changesOf(plan).length > 0;
      return { status, changed, elapsedMs: run.deadline.elapsedMs() };
    }),
  );
}
