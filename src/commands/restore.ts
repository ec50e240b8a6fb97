/** Taking a decision back: what rrepl has set aside on a node becomes the topology's data again. */
import type { Context } from '../context.js';
import { DeadlineError, EXIT_CODES, InvalidError, UsageError } from '../errors.js';
import { causeOf, execute } from '../execute/execute.js';
import { discardSetAside, helperLabels, type Place } from '../failover/set-aside.js';
import { bytes, count } from '../format.js';
import { findNode } from '../live/find-node.js';
import { type KeptAside, readKeptAside } from '../live/kept-aside.js';
import { containerOf, type LiveNode, type LiveTopology } from '../live/live-topology.js';
import { observePatients } from '../live/patients.js';
import { readStatus } from '../live/status.js';
import { endInTime } from '../operations/run.js';
import { restore } from '../plan/restore.js';
import { canRead, parseVersion, rdbFormat, type Software } from '../redis/rdb-format.js';
import { Deadline } from '../redis/wait.js';
import { confirm } from '../ui/confirm.js';
import { startProgress } from '../ui/progress.js';
import { table } from '../ui/table.js';
import { showStatus } from './node-actions.js';
import { changeTopology, printJson, type TargetOptions, withTopology } from './session.js';

export interface RestoreOptions extends TargetOptions {
  /** Null to list what is set aside. */
  readonly node: string | null;
  readonly discard?: boolean;
  readonly yes?: boolean;
  /** Milliseconds for the whole. */
  readonly timeout?: number;
  readonly json?: boolean;
}

const DEFAULT_TIMEOUT_MS = 60_000;

export async function restoreCommand(context: Context, options: RestoreOptions): Promise<number> {
  const { node: wanted } = options;
  if (wanted === null) {
    if (options.discard) {
      throw new UsageError('--discard needs a node', {
        hint: '`rrepl restore` lists the nodes on which data are set aside',
      });
    }
    await withTopology(context, options, (live) => list(context, live, options));
    return EXIT_CODES.done;
  }
  await changeTopology(context, options, async (live) => {
    const { name } = findNode(await readStatus(live), wanted);
    const node = live.nodes.find((it) => it.name === name) as LiveNode;
    const kept = await readKeptAside(live, node);
    if (kept === null) {
      throw new UsageError(`nothing is set aside on ${name}`, {
        hint: `\`rrepl restore --name ${live.name}\` lists what is`,
      });
    }
    if (options.discard) await discard(context, live, node, kept, options);
    else await putBack(context, live, node, kept, options);
  });
  return showStatus(context, options);
}

async function list(context: Context, live: LiveTopology, { json }: RestoreOptions): Promise<void> {
  const found = await Promise.all(
    live.nodes.map(async (node) => {
      const kept = await readKeptAside(live, node);
      return kept === null ? [] : [{ node: node.name, ...kept }];
    }),
  );
  const setAside = found.flat();
  if (json) printJson(context, { topology: live.name, setAside });
  else if (setAside.length === 0) context.stderr.write(`${live.name}: nothing is set aside\n`);
  else context.stdout.write(table(HEAD, setAside.map(row)));
}

const HEAD = ['NODE', 'SET ASIDE', 'ROLE', 'SERVER', 'KEYS', 'SIZE', 'PLACE', 'WHY'];

const row = (it: KeptAside & { readonly node: string }): string[] => [
  it.node,
  it.at,
  it.role,
  it.server === null ? it.image : named(it.server),
  it.keys === null ? '?' : count(it.keys),
  bytes(it.bytes),
  it.storage,
  it.cause,
];

const named = ({ product, version }: Software): string => `${product} ${version}`;

async function discard(
  context: Context,
  live: LiveTopology,
  node: LiveNode,
  kept: KeptAside,
  options: RestoreOptions,
): Promise<void> {
  const question = `remove the data of ${kept.at} that are set aside on ${node.name}?`;
  await agree(
    context,
    options,
    question,
    `the data that are set aside on ${node.name} are still there`,
  );
  await discardSetAside(live.runtime, placeOf(live, node));
  context.stderr.write(`what was set aside on ${node.name} is removed\n`);
}

async function putBack(
  context: Context,
  live: LiveTopology,
  node: LiveNode,
  kept: KeptAside,
  options: RestoreOptions,
): Promise<void> {
  const { runtime, name: topology } = live;
  await refuseUnreadable(live, node, kept);
  const question = `stop ${topology}, make ${node.name} its master with the data of ${kept.at}, and copy them to all others? What is there now is set aside.`;
  await agree(context, options, question, `${topology} was left as it is`);
  const deadline = new Deadline(options.timeout ?? DEFAULT_TIMEOUT_MS);
  await endInTime({ signal: context.signal, deadline }, 'it is not done', async ({ signal }) => {
    const progress = await startProgress({ ...context, title: `restoring ${node.name}` });
    let swapped = false;
    try {
      const connect = (name: string) => live.connect(name);
      const patients = await observePatients(runtime, connect, live.observed);
      await execute(restore(live.observed, patients, { node: node.name, ...kept }), {
        runtime: await context.connectRuntime(options.host, signal),
        creation: null,
        connect,
        deadline,
        signal,
        emit: (event) => {
          swapped ||= event.type === 'done' && event.step.kind === 'swapSetAside';
          progress.show(event);
        },
      });
      progress.end();
      context.stderr.write(`${node.name} is the master, with its data of ${kept.at}\n`);
    } catch (error) {
      progress.end();
      if (swapped) context.stderr.write(`${alreadySwapped(topology, node.name)}\n`);
      const cause = causeOf(error);
      if (!(cause instanceof DeadlineError)) throw cause;
      throw new DeadlineError(`${node.name} could not be restored: ${cause.message}`, {
        hint: `\`rrepl status --name ${topology}\` and \`rrepl logs --name ${topology}\` show more, --timeout gives it more time`,
        cause,
      });
    } finally {
      progress.end();
    }
  });
}

const alreadySwapped = (topology: string, node: string): string =>
  `the data of ${node} are put back already: \`rrepl up --name ${topology} --master ${node}\` goes on with them; what it had is set aside, and \`rrepl restore ${node} --name ${topology}\` changes them again`;

/** A server reads what an older one wrote, not what a newer one did. */
async function refuseUnreadable(
  { runtime, name: topology }: LiveTopology,
  node: LiveNode,
  { server: writer, path }: KeptAside,
): Promise<void> {
  if (writer === null) return;
  const container = containerOf(node);
  const command = ['sh', '-c', 'valkey-server --version || redis-server --version'];
  const { lines } = await runtime.runBeside(container, command, helperLabels(topology));
  const reader = parseVersion(lines.join('\n'));
  if (reader === null || canRead(reader, writer)) return;
  throw new InvalidError(
    `${node.name} runs ${named(reader)}, which reads RDB files up to format ${rdbFormat(reader)}, and ${named(writer)} has written the data in ${path} in format ${rdbFormat(writer)}`,
    { hint: `\`rrepl up --image IMAGE --name ${topology}\` with a newer image, then again` },
  );
}

const placeOf = (live: LiveTopology, node: LiveNode): Place => ({
  topology: live.name,
  node: node.name,
  container: containerOf(node),
});

/** Throws `UsageError` unless the user agrees. */
async function agree(
  context: Context,
  { yes }: RestoreOptions,
  question: string,
  otherwise: string,
): Promise<void> {
  if (yes || (await confirm(context, question))) return;
  throw new UsageError(`not confirmed: ${otherwise}`, { hint: '`--yes` does it without asking' });
}
