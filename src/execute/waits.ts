/** Steps that wait for servers, and until when steps wait. */
import { containerName, replicationNetworkName } from '../docker/names.js';
import { whileRunning } from '../live/server-exit.js';
import type { StepOf } from '../plan/plan.js';
import { passBarrier, waitForLink, waitForPong } from '../redis/probes.js';
import { Deadline, type Limits } from '../redis/wait.js';
import { withServer } from './with-server.js';
import type { World } from './world.js';

/** Those of the run, and the time that the step has for itself. */
export function limitsOf(
  { withinMs }: { readonly withinMs?: number },
  { deadline, signal }: World,
): Limits {
  if (withinMs === undefined || withinMs >= deadline.remainingMs()) return { deadline, signal };
  return { deadline: new Deadline(withinMs), signal };
}

export async function waitReady(step: StepOf<'waitReady'>, world: World): Promise<void> {
  await withServer(step, world, async (server) => {
    const onProgress = (text: string) => world.emit({ type: 'progress', step, text });
    onProgress('waiting for PONG');
    const { node, resource: container } = step;
    await whileRunning(world.runtime, [{ node, container }], world, (limits) =>
      waitForPong(server, { ...limits, onProgress }),
    );
    world.creation?.former.accepted(node);
  });
}

export async function waitInSync(step: StepOf<'waitInSync'>, world: World): Promise<void> {
  const { node, resource: container, topology } = step;
  const above = { ...step.upstream, container: containerName(topology, step.upstream.node) };
  const replica = world.connect(node, step.port);
  const upstream = world.connect(above.node, above.port);
  try {
    const addresses = await replicationAddresses(step, world);
    const onProgress = (text: string) => world.emit({ type: 'progress', step, text });
    const within = limitsOf(step, world);
    await whileRunning(world.runtime, [{ node, container }, above], within, async (limits) => {
      await waitForLink(upstream, replica, { ...limits, addresses, onProgress });
      onProgress('link up, catching up');
      await passBarrier(upstream, replica, limits);
    });
  } finally {
    replica.close();
    upstream.close();
  }
}

async function replicationAddresses(step: StepOf<'waitInSync'>, { runtime }: World) {
  const containers = await runtime.listContainers(step.labels);
  return containers
    .flatMap((container) => container.networks)
    .filter((network) => network.name === replicationNetworkName(step.topology))
    .map((network) => network.address);
}
