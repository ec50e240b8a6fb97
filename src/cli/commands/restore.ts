/** Taking a decision back: what rrepl has set aside on a node becomes the topology's data again. */

import type { Context } from '../../context.js';
import { UsageError } from '../../errors.js';
import { bytes, count } from '../../format.js';
import type { Engine } from '../../operations/operation.js';
import { discard, type NodeSetAside, restore, setAsides } from '../../operations/restore.js';
import { withConsent } from '../../ui/confirm.js';
import { startProgress } from '../../ui/progress.js';
import { table } from '../../ui/table.js';
import { showOn, tellOn } from '../events.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { hinted } from '../hints/own.js';
import { printJson, printStatus, topologyName } from '../session.js';

export interface RestoreOptions
  extends TargetOptions,
    OptionsOf<'discard' | 'yes' | 'timeout' | 'json'> {
  /** Null to list what is set aside. */
  readonly node: string | null;
}

export async function restoreCommand(context: Context, options: RestoreOptions): Promise<number> {
  const { node, yes = false } = options;
  const engine = context.engine(options.host);
  const topology = await topologyName(context, options);
  if (node === null) return list(context, engine, topology, options);
  const status = await withConsent(context, yes, (agreed) => {
    const input = { topology, node, yes: agreed };
    return options.discard
      ? discardOn(context, engine, input)
      : restoreOn(context, engine, input, options.timeout);
  });
  printStatus(context, status, options);
  return 0;
}

async function list(
  context: Context,
  engine: Engine,
  topology: string,
  { discard: wanted, json }: RestoreOptions,
): Promise<number> {
  if (wanted) {
    throw hinted(
      new UsageError('--discard needs a node'),
      '`rrepl restore` lists the nodes on which data are set aside',
    );
  }
  const setAside = await setAsides(engine, { topology }, { signal: context.signal });
  if (json) printJson(context, { topology, setAside });
  else if (setAside.length === 0) context.stderr.write(`${topology}: nothing is set aside\n`);
  else context.stdout.write(table(HEAD, setAside.map(row)));
  return 0;
}

const HEAD = ['NODE', 'SET ASIDE', 'ROLE', 'SERVER', 'KEYS', 'SIZE', 'PLACE', 'WHY'];

const row = (it: NodeSetAside): string[] => [
  it.node,
  it.at,
  it.role,
  it.server === null ? it.image : `${it.server.product} ${it.server.version}`,
  it.keys === null ? '?' : count(it.keys),
  bytes(it.bytes),
  it.storage,
  it.cause,
];

interface Input {
  readonly topology: string;
  readonly node: string;
  readonly yes: boolean;
}

async function discardOn(context: Context, engine: Engine, input: Input) {
  const { signal } = context;
  const { node, status } = await discard(engine, input, { signal, onEvent: tellOn(context) });
  context.stderr.write(`what was set aside on ${node} is removed\n`);
  return status;
}

async function restoreOn(
  context: Context,
  engine: Engine,
  input: Input,
  timeoutMs: number | undefined,
) {
  const { signal } = context;
  const progress = await startProgress({ ...context, title: `restoring ${input.node}` });
  try {
    const run = { signal, timeoutMs, onEvent: showOn(progress) };
    const { node, at, status } = await restore(engine, input, run);
    progress.end();
    context.stderr.write(`${node} is the master, with its data of ${at}\n`);
    return status;
  } finally {
    progress.end();
  }
}
