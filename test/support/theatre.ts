/** Drills played in this process, on the real engine. */
import { randomBytes } from 'node:crypto';
import { openTheatre } from '../../src/commands/drill-theatre.js';
import type { Context } from '../../src/context.js';
import type { Drill } from '../../src/drills/drill.js';
import type { DrillReport } from '../../src/drills/drill-report.js';
import { runDrill } from '../../src/drills/run-drill.js';
import { chooseEngine } from '../../src/operations/engine.js';
import { IMAGE, SECURITY } from './docker.js';
import { captured, noInput } from './streams.js';

const engine = (host: string | undefined) =>
  chooseEngine({ host, env: process.env, caller: 'a test' });

const context: Context = {
  stdin: noInput(),
  stdout: captured(),
  stderr: captured(),
  argv: [],
  env: process.env,
  cwd: process.cwd(),
  signal: new AbortController().signal,
  engine,
  connectRuntime: (host, signal) => engine(host).connectRuntime(signal),
  loadRedis: () => engine(undefined).loadRedis(),
};

/** What is waited for in vain must not take the minutes that a slow machine may need. */
const ACT_MS = 20_000;

export async function playHere(drill: Drill): Promise<DrillReport> {
  return runDrill(drill, {
    theatre: await openTheatre(context, { image: IMAGE, security: SECURITY, host: undefined }),
    image: IMAGE,
    run: randomBytes(4).toString('hex'),
    signal: context.signal,
    actMs: ACT_MS,
  });
}

export const failedIds = ({ acts }: DrillReport): string[] =>
  acts.flatMap(({ checks }) =>
    checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id),
  );
