/** A planned change of master under load. */
import { askNode } from '../../redis/ask.js';
import { switchTo } from '../change-master.js';
import type { Step } from '../drill.js';
import type { BackgroundLoad } from './writes.js';

const SWITCHOVER_MS = 60_000;

/** Hands the role of the living master over without losing a write; the load goes on at the next one. */
export const switchover = (from: string, to: string, load: BackgroundLoad): Step => ({
  kind: 'fault',
  says: `switchover from ${from} to ${to}`,
  nodes: [from, to],
  run: (stage) => {
    const change = { from, to, onPromoted: () => load.pointTo(to) };
    return switchTo(stage.live, change, stage.within(SWITCHOVER_MS));
  },
});

/** Whether the node says that it is a master. */
export const isMaster = (name: string): Step => ({
  kind: 'check',
  id: 'role',
  says: `is ${name} the master?`,
  nodes: [name],
  run: async (stage) => {
    const { role } = (await askNode(stage.node(name).redis)).replication;
    stage.check({
      id: 'role',
      node: name,
      verdict: role === 'master' ? 'pass' : 'fail',
      claim: 'it has the role of the master',
      expected: 'master',
      seen: role,
    });
  },
});
