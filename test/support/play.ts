/** Drills played in this process, on the real engine. */
import type { Drill } from '../../src/drills/drill.js';
import type { DrillReport } from '../../src/drills/drill-report.js';
import { drill } from '../../src/operations/drill.js';
import { chooseEngine } from '../../src/operations/engine.js';
import { IMAGE, SECURITY } from './docker.js';

export const engine = chooseEngine({ host: undefined, env: process.env, caller: 'a test' });

/** What is waited for in vain must not take the minutes that a slow machine may need. */
export const ACT_MS = 30_000;

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
