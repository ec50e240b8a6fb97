/** From `--host` and the environment to a runtime. */
import { homedir } from 'node:os';
import { connectRuntime } from './dockerode/runtime.js';
import { resolveEndpoint } from './endpoint.js';
import type { Runtime } from './runtime.js';

/** Rejects with an `EngineError` if no engine can be found. */
export async function connectEngine(
  host: string | undefined,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Runtime> {
  const home = env.HOME ?? homedir();
  return connectRuntime(
    await resolveEndpoint({ host, env, home, uid: process.getuid?.() }),
    signal,
  );
}
