/** Checks of what single sentinels say, and what is done to them. */
import { FailedError } from '../../errors.js';
import { nodeAt } from '../../live/live-topology.js';
import { askMonitored, askSentinel } from '../../redis/sentinel.js';
import { waitUntil } from '../../redis/wait.js';
import { sleep } from '../../sleep.js';
import type { Claim } from '../claim.js';
import type { Step } from '../drill.js';
import type { Stage } from '../stage.js';
import { readLog } from './in-step.js';
import { pause, unpause } from './nodes.js';

/** The name of the node that a sentinel tells clients to write to. */
export async function namedBy(stage: Stage, sentinel: string): Promise<string> {
  const { live } = stage;
  const master = await askMonitored(stage.node(sentinel).redis, live.name);
  if (master === null) throw new FailedError(`${sentinel} monitors no master ${live.name}`);
  return nodeAt(live.nodes, master.host) ?? master.host;
}

/** Whom a sentinel tells clients to write to. */
export const names = (sentinel: string, master: string): Step => ({
  kind: 'check',
  id: 'named',
  says: `whom does ${sentinel} name as the master?`,
  nodes: [sentinel, master],
  run: async (stage) => {
    const seen = await namedBy(stage, sentinel);
    stage.check({
      id: 'named',
      node: sentinel,
      verdict: seen === master ? 'pass' : 'fail',
      claim: 'it tells clients to write to',
      expected: master,
      seen,
    });
  },
});

const KNOWN_MS = 30_000;

/** SENTINEL RESET on each of them: what it knew of replicas and other sentinels is forgotten. */
export const resetAll = (sentinels: readonly string[]): Step => ({
  kind: 'fault',
  says: `SENTINEL RESET on ${sentinels.join(', ')}`,
  nodes: sentinels,
  run: async (stage) => {
    await Promise.all(
      sentinels.map((name) => stage.node(name).redis.call('SENTINEL', 'RESET', '*')),
    );
  },
});

/** Until each of them has met the other sentinels and the replicas again. */
export const knowAll = (sentinels: readonly string[], replicas: number): Step => ({
  kind: 'repair',
  says: `until ${sentinels.join(', ')} know the others and ${replicas} replicas`,
  nodes: sentinels,
  run: async (stage) => {
    const ask = () =>
      Promise.all(sentinels.map((name) => askMonitored(stage.node(name).redis, stage.live.name)));
    const look = async () => {
      const all = await ask();
      const known = all.every(
        (it) => it?.replicas === replicas && it.otherSentinels === sentinels.length - 1,
      );
      return known ? true : undefined;
    };
    const describe = () => 'the sentinels to meet again';
    await waitUntil(look, { ...stage.within(KNOWN_MS), everyMs: 50, describe });
  },
});

/** Longer than 2 s without its timer, and a sentinel trusts no time any more (`sentinelCheckTiltCondition`). */
const STOPPED_MS = 2700;

/** They hang for so long that they go into TILT. */
export const tilt = (sentinels: readonly string[]): Step => ({
  kind: 'fault',
  says: `${sentinels.join(', ')} hang for ${STOPPED_MS / 1000} s`,
  nodes: sentinels,
  run: async (stage) => {
    await Promise.all(sentinels.map((name) => pause(name).run(stage)));
    await sleep(STOPPED_MS, stage.signal);
    await Promise.all(sentinels.map((name) => unpause(name).run(stage)));
  },
});

export const areTilted = (sentinels: readonly string[]): Step => ({
  kind: 'check',
  id: 'tilt',
  says: `are ${sentinels.join(', ')} in TILT?`,
  nodes: sentinels,
  run: async (stage) => {
    for (const name of sentinels) {
      const { tilt: isTilted } = await askSentinel(stage.node(name).redis, stage.live.name);
      const seen = isTilted ? 'TILT' : 'none';
      stage.check({
        id: 'tilt',
        node: name,
        verdict: seen === 'TILT' ? 'pass' : 'fail',
        claim: 'it noticed that it did not run for more than 2 s',
        expected: 'TILT',
        seen,
      });
    }
  },
});

/** SENTINEL FAILOVER: no quorum is asked for, and the living master is told last. */
export const manualFailover = (sentinel: string): Step => ({
  kind: 'fault',
  says: `SENTINEL FAILOVER on ${sentinel}`,
  nodes: [sentinel],
  run: (stage) => stage.node(sentinel).redis.call('SENTINEL', 'FAILOVER', stage.live.name),
});

const LOGGED_MS = 30_000;

/** That the log of one of them, whoever leads, will say it. */
export function anyLogs(
  sentinels: readonly string[],
  { words, because }: { readonly words: string; readonly because: string },
): Claim {
  const [first = ''] = sentinels;
  const about = 'the log of a sentinel says';
  return {
    node: first,
    about,
    foresee: async () => ({ is: `${about} ${words}`, because }),
    look: async (stage) => {
      const look = async () => {
        for (const name of sentinels) {
          const lines = await readLog(stage, stage.node(name), 'all');
          if (lines.some((line) => line.includes(words))) return name;
        }
        return undefined;
      };
      const describe = () => `the log of a sentinel to say "${words}"`;
      const wait = { ...stage.within(LOGGED_MS), everyMs: 50, describe };
      return { is: `${about} ${words}`, because: await waitUntil(look, wait) };
    },
  };
}
