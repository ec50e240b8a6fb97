/**
 * What a server has after it started from the directives that were asked for: nothing keeps that, and
 * defaults differ between versions. So the node's own image tells: a second server starts beside it,
 * without a port, in a folder of its own, and ends at once. Asked once per image and directives.
 */
import { renderDirective } from '../config/conf-file.js';
import type { ContainerSummary, Runtime } from '../docker/runtime.js';
import { EngineError } from '../errors.js';
import type { Directive } from '../topology/topology.js';

export type Settings = ReadonlyMap<string, string>;

const EXEC_MS = 10_000;
/** What the second server must not share with the node's own. */
const APART = ['dir', 'pidfile', 'logfile', 'include', 'loadmodule', 'daemonize', 'unixsocket'];

const SCRIPT = `
dir=$(mktemp -d) && cd "$dir" && printf '%s\\n' "$1" >conf || exit 1
server=$(command -v valkey-server || command -v redis-server)
cli=$(command -v valkey-cli || command -v redis-cli)
"$server" "$dir/conf" --port 0 --unixsocket "$dir/s" --dir "$dir" >log 2>&1 &
until "$cli" -s "$dir/s" PING 2>/dev/null | grep -q PONG; do
  kill -0 $! 2>/dev/null || { cat log >&2; rm -r "$dir"; exit 1; }
  sleep 0.01
done
"$cli" -s "$dir/s" CONFIG GET '*'
kill -9 $!
rm -r "$dir"
`;

const asked = new Map<string, Promise<Settings>>();

/** Rejects with `EngineError` if no second server starts. */
export function referenceSettings(
  runtime: Runtime,
  { name, image }: ContainerSummary,
  directives: readonly Directive[],
): Promise<Settings> {
  const lines = directives.filter((it) => !APART.includes(it.name)).map(renderDirective);
  const key = [runtime.endpoint, image, ...lines].join('\n');
  const known = asked.get(key);
  if (known !== undefined) return known;
  const asking = ask(runtime, name, lines.join('\n'));
  asked.set(key, asking);
  // Another attempt may do better.
  asking.catch(() => asked.delete(key));
  return asking;
}

async function ask(runtime: Runtime, container: string, conf: string): Promise<Settings> {
  const command = ['sh', '-c', SCRIPT, 'sh', conf];
  const { exitCode, stdout, stderr } = await runtime.exec(container, command, EXEC_MS);
  if (exitCode !== 0) {
    throw new EngineError(
      `what ${container} has by its redis.conf can't be told: ${stderr.trim() || `exit code ${exitCode}`}`,
    );
  }
  return settingsIn(stdout.split('\n'));
}

/** Names and values in turn, as CONFIG GET answers. */
export function settingsIn(flat: readonly string[]): Settings {
  const settings = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) settings.set(flat[i] ?? '', flat[i + 1] ?? '');
  return settings;
}
