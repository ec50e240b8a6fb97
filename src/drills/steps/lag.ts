/** A replica that lags while Sentinel and everybody else reach it. */
import { count } from '../../format.js';
import { askReplication } from '../../redis/ask.js';
import { waitUntil } from '../../redis/wait.js';
import type { Step } from '../drill.js';

const DOWN_MS = 10_000;

/** Its link ends: it looks for its master where nothing listens, until Sentinel points it right, ten seconds later at the least. */
export const fallBehind = (name: string): Step => ({
  kind: 'fault',
  says: `REPLICAOF 127.0.0.1 1 on ${name}: its link ends`,
  nodes: [name],
  run: async (stage) => {
    const { redis } = stage.node(name);
    await redis.call('REPLICAOF', '127.0.0.1', 1);
    const look = async () => ((await askReplication(redis)).link?.up ? undefined : true);
    const describe = () => `the link of ${name} to go down`;
    await waitUntil(look, { ...stage.within(DOWN_MS), everyMs: 5, describe });
  },
});

export const isBehind = (name: string, other: string): Step => ({
  kind: 'check',
  id: 'behind',
  says: `does ${name} lag behind ${other}?`,
  nodes: [name, other],
  run: async (stage) => {
    const offset = async (node: string) => (await askReplication(stage.node(node).redis)).offset;
    const [its, others] = [await offset(name), await offset(other)];
    stage.check({
      id: 'behind',
      node: name,
      verdict: its < others ? 'pass' : 'fail',
      claim: `it lacks what ${other} has`,
      expected: `an offset below ${count(others)}`,
      seen: count(its),
    });
  },
});
