/** Why a server stopped by itself, in its own words. */

import type { Runtime } from '../docker/runtime.js';
import { EngineError, InvalidError } from '../errors.js';

const LOG_LINES = 12;

/** The server ran and runs no more, or is gone altogether, through no fault of its configuration. */
export class ServerStoppedError extends EngineError {}

/** Rejects if the container has stopped: with `InvalidError` where its configuration is to blame. */
export async function throwIfStopped(
  runtime: Runtime,
  container: string,
  node: string,
): Promise<void> {
  const details = await runtime.inspectContainer(container);
  if (details === null) {
    throw new ServerStoppedError(`${node}: its container ${container} is gone`);
  }
  const again = details.state === 'restarting';
  if (details.state !== 'exited' && details.state !== 'dead' && !again) return;
  const log = await runtime.logTail(container, LOG_LINES);
  const words = log.map((line) => `  ${line}`).join('\n');
  const refusal = configurationRefusal(log);
  if (refusal !== null) {
    throw new InvalidError(`${node} refused its configuration: ${refusal}\n${words}`, {
      hint: 'directives come from --set, --conf, rrepl.yaml and the template, and paths in them are those inside the container; `rrepl render` shows the file',
    });
  }
  // Its restart policy gives it another chance.
  if (again) return;
  const how = details.oomKilled
    ? 'was killed for lack of memory'
    : `exited with code ${details.exitCode}`;
  throw new ServerStoppedError(`${node} ${how}\n${words}`);
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
