/** A topology as `up` left it: without data, and without anything that was changed since. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expiryOf } from '../docker/expiry.js';
import { ConfirmationError } from '../errors.js';
import { healTopology } from '../execute/heal.js';
import type { RunEvent } from '../execute/world.js';
import { containerOf, type LiveNode, type LiveTopology } from '../live/live-topology.js';
import { refuseGone } from '../plan/gone.js';
import { askNode, type InfoReply } from '../redis/ask.js';
import type { Engine, OperationOptions, Target } from './operation.js';
import { resetAll } from './reset-all.js';
import { endInTime, type Run, startRun } from './run.js';
import { refuseSentinels } from './sentinels.js';
import { changeTopology, withTopology } from './topology.js';

export interface ResetInput extends Target {
  /** Also where nothing says that the topology is a test's: one that expires is. */
  readonly yes?: boolean | undefined;
}

/** What `reset` removed and mended. */
export interface ResetResult {
  /** How many keys were removed. */
  readonly keys: number;
  /** Whether something was broken, and was healed first. */
  readonly healed: boolean;
  readonly master: string;
  /** Nodes on which data were set aside, before or by the healing: those are removed too. */
  readonly removedSetAside: readonly string[];
}

const TIMEOUT_MS = 60_000;
/** A server that takes longer is hung: its clients are paused, or a script runs on. */
const ANSWER_MS = 3000;

/**
 * Data, scripts, functions, users, settings, statistics, roles, clients, links and faults are as `up`
 * left them, and that is proven before it resolves: empty by digest on every node, roles as
 * wished, in sync. What was set aside is removed too. No server is restarted that answers.
 * Default deadline: 60 s. Rejects with `ConfirmationError` if the topology never expires and `yes`
 * is not said, with `FailedError` if a container is gone or clients go on writing, and with what
 * `heal` meets where something is broken.
 */
export function reset(
  engine: Engine,
  { topology, yes = false }: ResetInput,
  options: OperationOptions = {},
): Promise<ResetResult> {
  const begun = startRun(options, TIMEOUT_MS);
  return endInTime(begun, `${topology} was not reset`, (run) =>
    changeTopology(engine, topology, run, async (live) => {
      refuseSentinels(live, 'reset');
      if (!yes) refuseUnasked(live);
      if (await isWell(live)) return { healed: false, ...(await resetAll(live, run, null)) };
      const promoted = await repair(live, run);
      const again = (it: LiveTopology) => resetAll(it, run, promoted);
      // Containers that were started have other addresses.
      return { healed: true, ...(await withTopology(engine, topology, run, again)) };
    }),
  );
}

function refuseUnasked(live: LiveTopology): void {
  if (expiryOf(live) !== null) return;
  const { name } = live;
  throw new ConfirmationError(
    `${name} never expires, so it may be no test's, and a reset removes its data`,
    'remove them?',
    { about: { code: 'unconfirmed', cost: 'no-expiry', topology: name } },
  );
}

type Facts = InfoReply | null;

/** Null if there is no answer in time. */
const factsOf = async ({ redis }: LiveNode): Promise<Facts> => {
  const facts = await Promise.race([
    askNode(redis).catch(() => null),
    sleep(ANSWER_MS, null, { ref: false }),
  ]);
  if (facts === null) redis.disconnect();
  return facts;
};

/** One master, and everybody else has a link to one of the nodes. A server that hangs is killed. */
async function isWell({ runtime, nodes }: LiveTopology): Promise<boolean> {
  const containers = nodes.map(containerOf);
  const facts = await Promise.all(nodes.map(factsOf));
  const isHung = (i: number) => facts[i] === null && nodes[i]?.state === 'running';
  const hung = containers.filter((_, i) => isHung(i));
  await Promise.all(hung.map((it) => runtime.killContainer(it, 'SIGKILL')));
  const replications = facts.map((it) => it?.replication);
  const names = nodes.map(({ name }) => name);
  const attached = nodes.every(({ address }) => address !== null);
  const masters = replications.filter((it) => it?.role === 'master');
  const follows = replications.every(
    (it) => it?.role === 'master' || (it?.link?.up && names.includes(it.link.host)),
  );
  return attached && masters.length === 1 && follows;
}

/** Returns whom the healing has promoted, null for nobody. */
async function repair(
  { name, runtime, connect, access }: LiveTopology,
  run: Run,
): Promise<string | null> {
  let promoted: string | null = null;
  const emit = (event: RunEvent) => {
    if (event.type === 'promoted') promoted = event.node;
    run.emit(event);
  };
  const { gone } = await healTopology(name, {
    ...{ ...run, runtime, connect, access, creation: null, emit },
    // They are to be gone.
    salvageTo: undefined,
  });
  refuseGone(name, gone);
  return promoted;
}
