/** Programs that keep logins for the docker CLI: docker-credential-desktop, -osxkeychain, -pass, -ecr-login. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { EngineError } from '../errors.js';
import { oneLine } from '../format.js';
import { bounded, type Call } from './call.js';

/** It may have to ask the user, or a cloud. */
const HELPER_MS = 30_000;

/** What helpers print where they have no login (docker-credential-helpers, `credentials/error.go`). */
const NOT_FOUND = 'credentials not found';

/** What `HELPER get` prints for a registry, or null if it has no login for that. */
export function askHelper(
  helper: string,
  serveraddress: string,
  signal: AbortSignal,
): Promise<string | null> {
  const bounds = {
    deadlineMs: HELPER_MS,
    signals: [signal],
    overdue: (ms: number) => `${helper} did not answer within ${ms / 1000} s`,
  };
  return bounded(bounds, (call) => get(helper, serveraddress, call));
}

async function get(helper: string, serveraddress: string, { signal }: Call) {
  const child = spawn(helper, ['get'], { stdio: ['pipe', 'pipe', 'ignore'] });
  // What it has started may hold its output open.
  signal.addEventListener('abort', () => {
    child.kill();
    child.stdout.destroy();
    child.unref();
  });
  // One that doesn't read has ended, and says why.
  child.stdin.on('error', () => {}).end(serveraddress);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'ENOENT' ? 'is not in PATH' : `fails: ${error.message}`;
      reject(new EngineError(`${helper} ${reason}`, { cause: error }));
    });
  });
  const [exitCode, printed] = await Promise.all([ended, text(child.stdout)]);
  if (exitCode === 0) return printed;
  if (printed.includes(NOT_FOUND)) return null;
  throw new EngineError(`${helper} fails: ${oneLine(printed.trim()) || `exit code ${exitCode}`}`);
}
