/** Drills played in this process, on the real engine. */
import { connectEngine } from '../../src/docker/connect.js';
import type { Drill } from '../../src/drills/drill.js';
import type { DrillReport } from '../../src/drills/drill-report.js';
import { drill } from '../../src/operations/drill.js';
import type { Engine } from '../../src/operations/operation.js';
import { connectNode } from '../../src/redis/ioredis-node.js';
import { IMAGE, SECURITY } from './docker.js';
import { REDIS_TIMES } from './live.js';

const engine: Engine = {
  connectRuntime: (signal) => connectEngine(undefined, process.env, signal),
  loadRedis:
    async () =>
    ({ publishedHost: host }, name, port, access) =>
      connectNode({ name, host, port, access, ...REDIS_TIMES }),
  caller: 'a test',
};

/** What is waited for in vain must not take the minutes that a slow machine may need. */
const ACT_MS = 30_000;

export async function playHere(one: Drill): Promise<DrillReport> {
  const input = { drills: [one], image: IMAGE, security: SECURITY };
  const { drills } = await drill(engine, input, { timeoutMs: ACT_MS });
  const [report] = drills;
  if (report === undefined) throw new Error('the drill was not played');
  return report;
}

export const failedIds = ({ acts }: DrillReport): string[] =>
  acts.flatMap(({ checks }) =>
    checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id),
  );
