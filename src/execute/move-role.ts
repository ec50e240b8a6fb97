/** Steps that move the master's role. */
import { makeDurable } from '../failover/promote.js';
import { switchover } from '../failover/switchover.js';
import type { StepOf } from '../plan/plan.js';
import { tellOf } from './sentinels.js';
import { limitsOf } from './waits.js';
import { withServer } from './with-server.js';
import type { World } from './world.js';

/** It has the role, whether it could write that down or not. */
export async function takeRole(step: StepOf<'promote'>, world: World): Promise<void> {
  await withServer(step, world, async (server) => {
    await server.call('REPLICAOF', 'NO', 'ONE');
    world.emit({ type: 'promoted', node: step.node, refusedMs: null });
    // CONFIG REWRITE stops the server until the disk has it: whoever has just heard goes first.
    await server
      .call('PING')
      .then(() => makeDurable(server))
      .catch((cause) => world.emit({ type: 'missing', node: step.node, cause }));
  });
}

export async function moveRole(step: StepOf<'switchover'>, world: World): Promise<void> {
  const limits = limitsOf(step, world);
  const [master, next, ...others] = [step.master, step, ...step.others].map(({ node, port }) =>
    world.connect(node, port),
  );
  if (master === undefined || next === undefined) return;
  const onPromoted = (refusedMs: number) =>
    world.emit({ type: 'promoted', node: step.node, refusedMs });
  const tell = step.sentinels.length === 0 ? {} : { tell: () => tellOf(step, limits, world) };
  try {
    const { missing } = await switchover({
      ...{ master, next, host: step.host, others, onPromoted },
      ...tell,
      ...limits,
    });
    for (const it of missing) world.emit({ type: 'missing', ...it });
  } finally {
    for (const server of [master, next, ...others]) server.close();
  }
}
