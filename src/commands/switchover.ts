/** The role of a living master moves without the loss of a write. */
import type { Context } from '../context.js';
import { switchover } from '../failover/switchover.js';
import { duration } from '../format.js';
import { findNode } from '../live/find-node.js';
import { readStatus } from '../live/status.js';
import { Deadline } from '../redis/wait.js';
import {
  awaitLinks,
  CATCH_UP_MS,
  chosenHeir,
  type FailoverOptions,
  follows,
  nodeOf,
  notAll,
} from './failover.js';
import { showStatus } from './node-actions.js';
import { changeTopology } from './session.js';

export async function switchoverCommand(
  context: Context,
  options: FailoverOptions,
): Promise<number> {
  await changeTopology(context, options, async (live) => {
    const status = await readStatus(live);
    const master = nodeOf(live, findNode(status, 'master'));
    const heir = await chosenHeir(live, status, options.node ?? 'replica', context);
    const followers = status.nodes.filter(
      (node) => node.upstream === master.name && node.name !== heir.name,
    );
    const others = followers.map((node) => nodeOf(live, node).redis);
    const limits = {
      deadline: new Deadline(options.timeout ?? CATCH_UP_MS),
      signal: context.signal,
    };
    // An heir that is cut off may have every write, but nobody could follow it.
    const above = status.nodes.find((node) => node.name === heir.name)?.upstream;
    const upstream = live.nodes.find((node) => node.name === above) ?? master;
    await follows(live, upstream, [heir.redis], limits);
    const { fencedMs, missing } = await switchover({
      master: master.redis,
      heir: heir.redis,
      others,
      ...limits,
    });
    const told = [master.redis, ...others].filter(
      ({ name }) => !missing.some(({ node }) => node === name),
    );
    const late = await awaitLinks(live, heir, told, context);
    context.stderr.write(
      `${heir.name} is the master now; writes were refused for ${duration(fencedMs)}\n`,
    );
    if (missing.length + late.length > 0) throw notAll(live.name, heir.name, [...missing, ...late]);
  });
  return showStatus(context, options);
}
