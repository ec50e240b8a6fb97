/** Puts back what a run has changed on nodes, where a server refused it. */
import { CONF_FOLDER } from '../docker/names.js';
import { InvalidError } from '../errors.js';
import { ServerStoppedError } from '../live/server-exit.js';
import type { Step } from '../plan/plan.js';
import { waitForPong } from '../redis/probes.js';
import { setBack } from '../redis/set-config.js';
import { ExecutionError } from './execute.js';
import type { Former, FormerConf } from './former.js';
import type { World } from './world.js';

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
