/** Waiting for servers that must run meanwhile: one that stopped says why, in its own words. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from '../docker/runtime.js';
import { EngineError, type ErrorDetails, InvalidError } from '../errors.js';
import { type Limits, waitUntil } from '../redis/wait.js';

const LOG_LINES = 12;

/** How often a server that is waited for is looked at. */
const LOOK_MS = 250;

/** A restart policy starts a server again that stopped; after as many stops it is believed to be of no use. */
const STOPS = 3;

export interface Server {
  readonly node: string;
  readonly container: string;
}

/** The server ran and runs no more, or is gone altogether, through no fault of its configuration. */
export class ServerStoppedError extends EngineError {
  protected override readonly kind = 'server-stopped';
  readonly server: Server;
  /** The last lines that it logged. */
  readonly log: readonly string[];

  constructor(message: string, server: Server, log: readonly string[], details?: ErrorDetails) {
    super(message, details);
    this.server = server;
    this.log = log;
  }
}

/**
 * Waits within limits that end as soon as one of the servers stops by itself: with
 * `InvalidError` where its configuration is to blame, else with `ServerStoppedError`.
 */
export async function whileRunning<T>(
  runtime: Runtime,
  servers: readonly Server[],
  { deadline, signal }: Limits,
  wait: (limits: Limits) => Promise<T>,
): Promise<T> {
  const stopped = new AbortController();
  const done = new AbortController();
  const watch = async (server: Server): Promise<void> => {
    const stops = new Set<number>();
    for (;;) {
      await sleep(LOOK_MS, undefined, { signal: done.signal });
      await throwIfStopped(runtime, server, stops);
    }
  };
  for (const server of servers) watch(server).catch((error) => stopped.abort(error));
  try {
    return await wait({ deadline, signal: AbortSignal.any([signal, stopped.signal]) });
  } finally {
    done.abort();
  }
}

/** `stops` are the starts after which the server was seen to have stopped; this look is added. */
async function throwIfStopped(runtime: Runtime, server: Server, stops: Set<number>): Promise<void> {
  const { node, container } = server;
  const details = await runtime.inspectContainer(container);
  if (details === null) {
    throw new ServerStoppedError(`${node}: its container ${container} is gone`, server, []);
  }
  const again = details.state === 'restarting';
  if (details.state !== 'exited' && details.state !== 'dead' && !again) return;
  const log = await runtime.logTail(container, LOG_LINES);
  const words = log.map((line) => `  ${line}`).join('\n');
  const refusal = configurationRefusal(log);
  if (refusal !== null) {
    throw new InvalidError(`${node} refused its configuration: ${refusal}\n${words}`, {
      about: { code: 'configuration-refused', node },
    });
  }
  // Its restart policy gives it another chance.
  if (again && stops.add(details.startedAtMs).size < STOPS) return;
  const how = details.oomKilled
    ? 'was killed for lack of memory'
    : `exited with code ${details.exitCode}`;
  throw new ServerStoppedError(`${node} ${how}\n${words}`, server, log);
}

/** `1:M 22 Nov 2026 22:09:36.300 # ` */
const STAMP = /^\d+:[A-Z] .*?\d\.\d{3} [#*] /;

/** What a server says as it gives up over a directive that it could read. */
const GIVES_UP: readonly (readonly [directive: string, words: RegExp])[] = [
  ['unixsocket', /^(?:Failed o|O)pening Unix socket: (.*)/],
  ['locale-collate', /^(Failed to configure LOCALE.*)/],
];

/**
 * The directive and the complaint from what Redis prints before it exits: mostly a line
 * `>>> 'directive args'` and the complaint after it (`loadServerConfigFromString`, src/config.c).
 * Null if the log holds no such thing.
 */
export function configurationRefusal(log: readonly string[]): string | null {
  const lines = log.map((line) => line.replace(STAMP, ''));
  const at = lines.findLastIndex((line) => line.startsWith('>>> '));
  if (at !== -1) return `${lines[at]?.slice(4)}: ${lines[at + 1]?.trim() ?? 'refused'}`;
  const module = lines.findLastIndex((line) => line.startsWith("Can't load module from "));
  if (module !== -1) return `loadmodule: ${lines[module - 1] ?? lines[module]}`;
  for (const [directive, words] of GIVES_UP) {
    const complaint = lines.map((line) => words.exec(line)?.[1]).findLast(Boolean);
    if (complaint !== undefined) return `${directive}: ${complaint}`;
  }
  return null;
}

/** Resolves when the engine says that the server has exited. */
export async function untilExited(
  runtime: Runtime,
  { node, container }: Server,
  limits: Limits,
): Promise<void> {
  const look = async () => {
    const details = await runtime.inspectContainer(container);
    return details?.state === 'exited' ? true : undefined;
  };
  const describe = () => `${node} to exit`;
  await waitUntil(look, { ...limits, everyMs: 10, describe });
}
