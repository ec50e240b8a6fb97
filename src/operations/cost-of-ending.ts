/** What ending a server costs, told or refused before it is ended. */
import { ConfirmationError } from '../errors.js';
import { atStake, type Ending } from '../live/at-stake.js';
import type { LiveNode, LiveTopology } from '../live/live-topology.js';
import { type NodeStatus, readStatus } from '../live/status.js';
import type { Run } from './run.js';

/** Said before it happens: what ends with the server is in no file of its own. */
export async function tellStake(
  live: LiveTopology,
  { name, redis }: LiveNode,
  ending: Ending,
  { emit }: Run,
): Promise<void> {
  // A server that does not answer can't tell.
  const stake = await atStake(redis, ending).catch(() => null);
  if (stake === null) return;
  const { nodes } = await readStatus(live);
  const holders = nodes.filter((it) => it.name !== name && holdsTheSame(nodes, name, it));
  const rest =
    holders.length > 0
      ? `${holders.map((it) => it.name).join(', ')} still ${holders.length > 1 ? 'have' : 'has'} them`
      : 'no other node is known to have them';
  emit({ type: 'note', text: `${name} has ${stake}: ${rest}` });
}

/** A replica that is up to date has what its master has, and the master has what its replicas have. */
function holdsTheSame(nodes: readonly NodeStatus[], name: string, other: NodeStatus): boolean {
  const one = nodes.find((it) => it.name === name);
  return one?.role === 'master' ? other.link === 'up' : other.role === 'master';
}

/** A master that saves nothing at its end comes back without it, and empties its replicas. */
export async function refuseLoss(
  live: LiveTopology,
  { name, redis }: LiveNode,
  { run, yes }: { readonly run: Run; readonly yes: boolean },
): Promise<void> {
  const { nodes } = await readStatus(live);
  if (nodes.find((it) => it.name === name)?.role !== 'master') return;
  const stake = await atStake(redis, 'stopped');
  if (stake === null) return;
  const message = `${name} has ${stake} and saves nothing as it stops: restarted, it comes back without them and empties its replicas`;
  if (yes) {
    run.emit({ type: 'note', text: message });
    return;
  }
  throw new ConfirmationError(message, 'restart it?', {
    about: { code: 'unconfirmed', cost: 'nothing-saved', topology: live.name, node: name },
  });
}
