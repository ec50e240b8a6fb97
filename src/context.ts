/** What a command may touch of the world around it; tests give their own. */
import type { Access } from './access/access.js';
import type { Runtime } from './docker/runtime.js';
import type { Engine } from './operations/operation.js';
import type { RedisNode } from './redis/node.js';

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/**
 * A server that an engine publishes on this port. Its connection opens with the first command,
 * and logs in as `access` says.
 */
export type ConnectRedis = (
  runtime: Runtime,
  node: string,
  port: number,
  access: Access | null,
) => RedisNode;

export interface Context extends Streams {
  /** What was typed after `rrepl`. */
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Aborts with an `InterruptedError` when the user or the system asks rrepl to stop. */
  readonly signal: AbortSignal;
  /** The engine that `--host` names, or else the environment. */
  engine(host: string | undefined): Engine;
  connectRuntime(host: string | undefined, signal: AbortSignal): Promise<Runtime>;
  loadRedis(): Promise<ConnectRedis>;
}
