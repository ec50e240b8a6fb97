/** The master's role moves by force: the master is dead. */
import type { Context } from '../context.js';
import { FailedError, UsageError } from '../errors.js';
import { eachOf, type Missing, makeAllDurable, promote } from '../failover/promote.js';
import { demote } from '../failover/rejoin.js';
import { setAsideNote } from '../failover/set-aside.js';
import { containerOf, type LiveTopology } from '../live/live-topology.js';
import { observePatients } from '../live/patients.js';
import { readStatus, type TopologyStatus } from '../live/status.js';
import { chooseMaster } from '../plan/choose-master.js';
import { recordedMaster } from '../plan/copies.js';
import type { Patient } from '../plan/patient.js';
import { isContained } from '../plan/set-aside.js';
import { UndecidedError } from '../plan/undecided.js';
import type { RedisNode } from '../redis/node.js';
import { setAsideBefore } from './carry-out.js';
import {
  awaitLinks,
  catchUp,
  chosenHeir,
  type FailoverOptions,
  nodeOf,
  notAll,
} from './failover.js';
import { showStatus } from './node-actions.js';
import { changeTopology } from './session.js';

export async function promoteCommand(context: Context, options: FailoverOptions): Promise<number> {
  await changeTopology(context, options, async (live) => {
    const status = await readStatus(live);
    const living = status.nodes.find((node) => node.role === 'master');
    const patients = await observePatients(
      live.runtime,
      (node) => live.connect(node),
      live.observed,
    );
    if (living === undefined) refuseWorseHeir(live.name, patients, options.node);
    const heir = await chosenHeir(live, status, options.node, context);
    if (living !== undefined) {
      throw new UsageError(
        `${living.name} is a living master: promoting ${heir.name} would lose writes`,
        {
          hint: `\`rrepl switchover ${heir.name} --name ${live.name}\` moves the role without losing one`,
        },
      );
    }
    const followers = status.nodes
      .filter((node) => node.role === 'replica' && node.name !== heir.name && node.link !== 'up')
      .map((node) => nodeOf(live, node));
    const knowing = { patients, context };
    // A follower that has what the heir lacks loses it by following.
    const concerned = [heir, ...followers].map(({ name }) => name);
    const asked = patients.filter(({ name }) => concerned.includes(name));
    await setAsideBefore(live, heir.name, asked, context, catchUp(context));
    const servers = followers.map(({ redis }) => redis);
    const promotion = await promote({ heir: heir.redis, followers: servers });
    const told = servers.filter(({ name }) => !promotion.missing.some(({ node }) => node === name));
    const attached = isAttached(live);
    const reachable = attached(heir.redis) ? told.filter(attached) : [];
    const missing = [
      ...promotion.missing,
      ...(await makeAllDurable(told)),
      ...(await demoteStopped(live, status, heir.name, knowing)),
      ...(await awaitLinks(live, heir, reachable, context)),
    ];
    context.stderr.write(`${heir.name} is the master now\n`);
    const joins = (name: string) => `\`rrepl connect ${name} --name ${live.name}\` joins it again`;
    if (!attached(heir.redis) && told.length > 0) {
      context.stderr.write(
        `${heir.name} is cut off, and the others follow it then: ${joins(heir.name)}\n`,
      );
    }
    for (const { name } of told.filter((it) => !attached(it))) {
      context.stderr.write(`${name} is cut off and will follow it: ${joins(name)}\n`);
    }
    if (missing.length > 0) throw notAll(live.name, heir.name, missing);
  });
  return showStatus(context, options);
}

/**
 * Where nobody is named the furthest copy is meant, and that may be on the disk of a node that is
 * down. Whoever names a node has chosen.
 */
function refuseWorseHeir(topology: string, patients: readonly Patient[], wanted = 'replica'): void {
  if (wanted !== 'replica') return;
  const { master, promoted, undecided, notes } = chooseMaster(patients);
  if (undecided.length > 0) throw new UndecidedError(topology, undecided);
  const further = patients.find(({ name }) => name === master);
  if (promoted !== null || further === undefined || recordedMaster(further)) return;
  throw new FailedError(notes.join('; '), {
    hint: `\`rrepl heal --name ${topology}\` makes it the master; a replica that is named is promoted all the same`,
  });
}

interface Knowing {
  readonly patients: readonly Patient[];
  readonly context: Context;
}

/**
 * A stopped former master must come back as a replica, however it is started: so its file is
 * changed, and what the heir may lack is set aside, before it can.
 */
async function demoteStopped(
  live: LiveTopology,
  status: TopologyStatus,
  heir: string,
  { patients, context }: Knowing,
): Promise<Missing[]> {
  const silent = status.nodes.filter((node) => node.role === null && node.state === 'stopped');
  const master = patients.find(({ name }) => name === heir);
  return eachOf(
    silent.map((node) => nodeOf(live, node)),
    async (node) => {
      const patient = patients.find(({ name }) => name === node.name);
      const contained = !patient || !master || isContained(patient, master);
      const cause = contained ? null : `${heir} was promoted while it was down`;
      const place = { topology: live.name, node: node.name, container: containerOf(node) };
      const kept = await demote(live.runtime, place, { upstream: heir, cause });
      if (kept !== null) context.stderr.write(`${setAsideNote(place, kept)}\n`);
    },
  );
}

/** A node that is cut off the replication network knows whom to follow, and can't yet. */
const isAttached =
  ({ nodes }: LiveTopology) =>
  ({ name }: RedisNode): boolean =>
    nodes.some((it) => it.name === name && it.observed.address !== null);
