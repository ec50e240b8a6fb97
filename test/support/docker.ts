/** What the engine says, asked by the docker CLI: a witness that shares no code with rrepl. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { SecurityWish } from '../../src/topology/topology.js';
import { askPort } from './redis.js';

const run = promisify(execFile);

export const IMAGE = process.env.RREPL_TEST_IMAGE ?? 'redis:6.0';

/** An rrepl.yaml for all topologies of a run: RREPL_TEST_FILE=test/support/tls.yaml. */
export const TOPOLOGY_FILE = process.env.RREPL_TEST_FILE;

const wish = TOPOLOGY_FILE === undefined ? '' : readFileSync(TOPOLOGY_FILE, 'utf8');
const [, user = ''] = /^user: (.*)$/m.exec(wish) ?? [];
const tls = /^tls/m.test(wish);

/** The same, for drills: their topologies are no file's. */
export const SECURITY_FLAGS = [
  ...(wish ? ['--password', 'auto'] : []),
  ...(user ? ['--user', user] : []),
  ...(tls ? ['--tls'] : []),
];

/** What these flags say. */
export const SECURITY: SecurityWish = {
  ...(wish ? { password: 'auto' } : {}),
  ...(user ? { user } : {}),
  ...(tls ? { tls } : {}),
};

/** Where the server on this port is reached, as rrepl prints it. */
export const urlOf = (port: number): string =>
  `${tls ? 'rediss' : 'redis'}://${wish ? `${user}:***@` : ''}127.0.0.1:${port}`;

const TOPOLOGY_LABEL = 'dev.rrepl.topology';

/** What it prints, without the last line's end. Rejects with what the CLI says if it fails. */
export async function docker(...args: string[]): Promise<string> {
  const { stdout } = await run('docker', args, { timeout: 60_000, maxBuffer: 16 * 1024 * 1024 });
  return stdout.replace(/\n$/, '');
}

export const containerOf = (topology: string, node: string): string => `rrepl-${topology}-${node}`;

export const replicationNetworkOf = (topology: string): string => `rrepl-${topology}_replication`;

const lines = (text: string): string[] => text.split('\n').filter(Boolean).sort();

const LISTS = {
  containers: ['ps', '--all', '--no-trunc', '--format', '{{.Names}} {{.ID}}'],
  networks: ['network', 'ls', '--format', '{{.Name}}'],
  volumes: ['volume', 'ls', '--format', '{{.Name}}'],
};

/** Everything of this topology that the engine holds; containers with their ids. */
export async function holdings(topology: string) {
  const list = async (kind: keyof typeof LISTS) =>
    lines(await docker(...LISTS[kind], '--filter', `label=${TOPOLOGY_LABEL}=${topology}`));
  const [containers, networks, volumes] = await Promise.all([
    list('containers'),
    list('networks'),
    list('volumes'),
  ]);
  return { containers, networks, volumes };
}

export const NOTHING = { containers: [], networks: [], volumes: [] };

/** `client`: redis-cli that logs in with what it finds beside redis.conf, if there is something. */
const CLIENT = `client() (
  cd /usr/local/etc/redis
  [ -e ca.crt ] && set -- --tls --cacert "$PWD/ca.crt" "$@"
  [ -e user ] && set -- --user "$(cat user)" "$@"
  [ -e password ] && export REDISCLI_AUTH="$(cat password)"
  exec redis-cli "$@"
)`;

/**
 * A command to a node's server; what redis-cli would print of the reply, one line a value. By redis-cli in its
 * container, which costs the engine a process, only where a client can't get in.
 */
export async function redis(topology: string, node: string, ...command: string[]): Promise<string> {
  const container = containerOf(topology, node);
  const isPlain = wish === '' && !command[0]?.startsWith('-');
  const reply = isPlain ? await askPort(container, command) : null;
  return reply ?? shellWith(container, command);
}

const shellWith = (container: string, command: readonly string[]): Promise<string> =>
  docker('exec', container, 'sh', '-c', `${CLIENT}\nclient "$@"`, 'sh', ...command);

/** The running value of a directive. */
export async function configOf(topology: string, node: string, directive: string) {
  const [, ...value] = (await redis(topology, node, 'CONFIG', 'GET', directive)).split('\n');
  return value.join('\n');
}

/** A shell script inside a node's container, as root; `client` is its redis-cli. */
export const shell = (topology: string, node: string, script: string): Promise<string> =>
  docker('exec', '--user', 'root', containerOf(topology, node), 'sh', '-c', `${CLIENT}\n${script}`);
