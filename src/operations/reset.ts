/** A topology as `up` left it: without data, and without anything that was changed since. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expiryOf } from '../docker/expiry.js';
import { ConfirmationError } from '../errors.js';
import { healTopology } from '../execute/heal.js';
import { containerOf, type LiveNode, type LiveTopology } from '../live/live-topology.js';
import { askNode, type NodeFacts } from '../redis/ask.js';
import { alone } from './lock.js';
import type { Engine, OperationOptions, Target } from './operation.js';
import { resetAll } from './reset-all.js';
import { endInTime, type Run, startRun } from './run.js';
import { withTopology } from './topology.js';

export interface ResetInput extends Target {
  /** Also where nothing says that the topology is a test's: one that expires is. */
  readonly yes?: boolean;
}

export interface ResetResult {
  /** How many keys were removed. */
  readonly keys: number;
  /** Whether something was broken, and was healed first. */
  readonly healed: boolean;
}

const TIMEOUT_MS = 60_000;
/** A server that takes longer is hung: its clients are paused, or a script runs on. */
const ANSWER_MS = 1000;

/**
 * Data, scripts, functions, users, settings, statistics, roles, clients, links and faults are as `up`
 * left them, and that is proven before it resolves: empty by digest on every node, roles as
 * wished, in sync. No server is restarted that answers. Default deadline: 60 s. Rejects with
 * `ConfirmationError` if the topology never expires and `yes` is not said, with `FailedError` if a
 * container is gone or clients go on writing, and with what `heal` meets where something is broken.
 */
export function reset(
  engine: Engine,
  { topology, yes = false }: ResetInput,
  options: OperationOptions = {},
): Promise<ResetResult> {
  const begun = startRun(options, TIMEOUT_MS);
  return endInTime(begun, `${topology} was not reset`, (run) =>
    alone(engine, topology, run, () =>
      withTopology(engine, topology, run, async (live) => {
        if (!yes) refuseUnasked(live);
        const healed = await repair(live, run);
        if (!healed) return { healed, keys: await resetAll(live, run) };
        const again = (it: LiveTopology) => resetAll(it, run);
        return { healed, keys: await withTopology(engine, topology, run, again) };
      }),
    ),
  );
}

function refuseUnasked({ name, observed }: LiveTopology): void {
  if (expiryOf(observed) !== null) return;
  throw new ConfirmationError(
    `${name} never expires, so it may be no test's, and a reset removes its data`,
    'remove them?',
    { hint: `\`rrepl reset --yes --name ${name}\` does it` },
  );
}

type Facts = NodeFacts | null;

/** Null if there is no answer in time. */
const factsOf = async ({ redis }: LiveNode): Promise<Facts> => {
  const facts = await Promise.race([
    askNode(redis).catch(() => null),
    sleep(ANSWER_MS, null, { ref: false }),
  ]);
  if (facts === null) redis.close();
  return facts;
};

/** Whether there was anything to heal. */
async function repair(live: LiveTopology, run: Run): Promise<boolean> {
  for (const node of live.nodes) containerOf(node);
  const facts = await Promise.all(live.nodes.map(factsOf));
  if (isWell(live, facts)) return false;
  const hung = live.nodes.filter(
    ({ observed }, i) => facts[i] === null && observed.container?.state === 'running',
  );
  await Promise.all(hung.map((node) => live.runtime.killContainer(containerOf(node), 'SIGKILL')));
  await healTopology(live.name, {
    runtime: live.runtime,
    creation: null,
    connect: (node) => live.connect(node),
    deadline: run.deadline,
    signal: run.signal,
    emit: run.emit,
  });
  return true;
}

/** One master, and everybody else has a link to one of the nodes. */
function isWell({ nodes }: LiveTopology, facts: readonly Facts[]): boolean {
  const replications = facts.map((it) => it?.replication);
  const names = nodes.map(({ name }) => name);
  const attached = nodes.every(({ observed }) => observed.address !== null);
  const masters = replications.filter((it) => it?.role === 'master');
  const follows = replications.every(
    (it) => it?.role === 'master' || (it?.link?.up && names.includes(it.link.host)),
  );
  return attached && masters.length === 1 && follows;
}
