import type { Context } from '../context.js';
import { findNode } from '../live/find-node.js';
import type { LiveTopology } from '../live/live-topology.js';
import { readStatus } from '../live/status.js';
import { type TargetOptions, withTopology } from './session.js';

export interface LogsOptions extends TargetOptions {
  readonly node?: string;
  readonly follow?: boolean;
  readonly tail?: number;
}

export async function logsCommand(context: Context, options: LogsOptions): Promise<number> {
  await withTopology(context, options, async (live) => {
    const containers = await chosen(live, options.node);
    const width = Math.max(...containers.map(({ node }) => node.length));
    await Promise.all(
      containers.map(({ node, container }) => {
        const prefix = containers.length > 1 ? `${node.padEnd(width)} | ` : '';
        return print(context, live, container, prefix, options);
      }),
    );
  });
  return 0;
}

async function print(
  context: Context,
  { runtime }: LiveTopology,
  container: string,
  prefix: string,
  { follow, tail }: LogsOptions,
): Promise<void> {
  const write = (line: string) => context.stdout.write(`${prefix}${line}\n`);
  if (follow) {
    await runtime.followLog(container, { tail: tail ?? 'all', signal: context.signal }, write);
    return;
  }
  for (const line of await runtime.logTail(container, tail ?? 'all')) write(line);
}

async function chosen(live: LiveTopology, wanted: string | undefined) {
  const all = live.nodes.flatMap(({ name, observed: { container } }) =>
    container ? [{ node: name, container: container.name }] : [],
  );
  if (wanted === undefined) return all;
  const { name } = findNode(await readStatus(live), wanted);
  return all.filter(({ node }) => node === name);
}
