/**
 * What a run has changed on nodes, as it was before. Where a server refuses the change it is put
 * back, so that no node starts with it later, and the one that was stopped for it runs again.
 */
import { upstreamIn, withUpstream } from '../config/upstream.js';
import { CONF_FILE, CONF_FOLDER } from '../docker/names.js';
import type { FileEntry, Runtime } from '../docker/runtime.js';
import { InvalidError } from '../errors.js';
import { ServerStoppedError } from '../live/server-exit.js';
import type { Step } from '../plan/plan.js';
import { waitForPong } from '../redis/probes.js';
import { type Setting, setBack } from '../redis/set-config.js';
import { ExecutionError } from './execute.js';
import type { World } from './world.js';

interface FormerConf {
  readonly node: string;
  readonly container: string;
  /** The file's text was another one, in the same place and of the same owner. */
  readonly file: FileEntry;
}

interface FormerSettings {
  readonly node: string;
  readonly port: number;
  readonly settings: readonly Setting[];
}

export class Former {
  readonly confs = new Map<string, FormerConf>();
  readonly settings: FormerSettings[] = [];

  /** To be called before the file is written. A node without one has nothing that could be put back. */
  async keepConf(runtime: Runtime, node: string, container: string, next: FileEntry) {
    const text = await runtime.readFile(container, CONF_FILE);
    if (text === null || this.confs.has(node)) return;
    // What the run decides about roles stands, whatever becomes of the rest.
    const upstream = upstreamIn(next.content ?? '');
    const content = upstreamIn(text) === upstream ? text : withUpstream(text, upstream);
    this.confs.set(node, { node, container, file: { ...next, content } });
  }

  /** A server answers that was started with the new file: the change stands. */
  accepted(node: string): void {
    this.confs.delete(node);
  }
}

/** True if a run failed because a server takes no setting, or exits instead of starting with its file. */
export const isRefusal = (failure: unknown): boolean =>
  failure instanceof ExecutionError &&
  (failure.step.kind === 'setConfig' || failure.step.kind === 'waitReady') &&
  (failure.cause instanceof InvalidError || failure.cause instanceof ServerStoppedError);

/** Returns the nodes whose redis.conf is again what it was. */
export async function putBack(
  { confs, settings }: Former,
  begun: readonly Step[],
  world: World,
): Promise<string[]> {
  await Promise.all(
    settings.map(async ({ node, port, settings }) => {
      const server = world.connect(node, port);
      await setBack(server, settings);
      server.close();
    }),
  );
  await Promise.all([...confs.values()].map((conf) => putBackConf(conf, begun, world)));
  return [...confs.keys()];
}

async function putBackConf(
  { node, container, file }: FormerConf,
  begun: readonly Step[],
  { runtime, connect, deadline, signal }: World,
): Promise<void> {
  await runtime.writeFiles(container, CONF_FOLDER, [file]);
  if (!begun.some((step) => step.kind === 'stopContainer' && step.node === node)) return;
  const start = begun.find((step) => step.kind === 'waitReady' && step.node === node);
  await runtime.startContainer(container);
  if (start?.kind !== 'waitReady') return;
  const server = connect(node, start.port);
  try {
    await waitForPong(server, { deadline, signal });
  } finally {
    server.close();
  }
}
