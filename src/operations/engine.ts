/** The engine that an endpoint or the environment names. */
import { keptOwners } from '../docker/known-owners.js';
import type { Engine } from './operation.js';

export interface EngineChoice {
  /** Its endpoint, as for the docker CLI; absent for the one that `env` names. */
  readonly host?: string | undefined;
  /** Where DOCKER_HOST, DOCKER_CONTEXT and the like are looked for. */
  readonly env: NodeJS.ProcessEnv;
  readonly caller: string;
}

/** A server on this machine answers in a millisecond; one that takes this long hangs. */
const REDIS_TIMES = { connectTimeoutMs: 2000, replyTimeoutMs: 5000 };

/** Nothing is loaded or connected until an operation asks. */
export const chooseEngine = ({ host, env, caller }: EngineChoice): Engine => ({
  connectRuntime: async (signal) => {
    const { connectEngine } = await import('../docker/connect.js');
    return connectEngine(host, env, signal);
  },
  loadRedis: async () => {
    const { connectNode } = await import('../redis/ioredis-node.js');
    return ({ publishedHost }, name, port, access) =>
      connectNode({ name, host: publishedHost, port, access, ...REDIS_TIMES });
  },
  owners: keptOwners(env),
  caller,
});
