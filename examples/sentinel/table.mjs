/**
 * `node table.mjs [CLIENT…]`: lets the master die, hang and be cut off under each client, which asks the
 * sentinels, and prints the lines of docs/clients.md. RREPL says how rrepl is called.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ALL = ['ioredis', 'ioredis-detector', 'iovalkey', 'node-redis', 'redis-py'];
const FAULTS = { kill: 'kill', hang: 'pause', cut: 'disconnect' };
const NAME = process.env.RREPL_NAME ?? 'sentinel-clients';
const [command, ...before] = (process.env.RREPL ?? 'rrepl').split(' ');
const rrepl = (...args) =>
  execFileSync(command, [...before, ...args, '--name', NAME], { encoding: 'utf8', stdio: 'pipe' });
const docker = (...args) => execFileSync('docker', args, { encoding: 'utf8' }).trim();

/** The address in the replication network, which is what sentinels say. */
const addressOf = (node) =>
  docker(
    'inspect',
    `rrepl-${NAME}-${node}`,
    '--format',
    `{{(index .NetworkSettings.Networks "rrepl-${NAME}_replication").IPAddress}}`,
  );

const publishedOf = (node, port) =>
  docker('port', `rrepl-${NAME}-${node}`, `${port}/tcp`).split('\n')[0];

/** They stay, also for a node that dies or is cut off. */
const addresses = new Map();

function environment() {
  const nodes = [1, 2, 3].flatMap((at) => [
    [`redis-${at}`, 6379],
    [`sentinel-${at}`, 26379],
  ]);
  const published = nodes.map(([node, port]) => {
    const [host, hostPort] = publishedOf(node, port).split(':');
    addresses.set(node, addressOf(node));
    return [`${addresses.get(node)}:${port}`, { host, port: Number(hostPort) }];
  });
  const sentinels = nodes.filter(([node]) => node.startsWith('sentinel'));
  const isMapped = process.env.MAPPED !== 'no';
  return {
    REDIS_MASTER_NAME: NAME,
    REDIS_SENTINELS: sentinels
      .map(([node, port]) => (isMapped ? publishedOf(node, port) : `${addressOf(node)}:${port}`))
      .join(','),
    ...(isMapped && { REDIS_ADDRESS_MAP: JSON.stringify(Object.fromEntries(published)) }),
  };
}

/** What the master that the sentinels name holds in the end; the old one may hold something else. */
function keptBy() {
  const ask = (node, ...args) => docker('exec', `rrepl-${NAME}-${node}`, 'redis-cli', ...args);
  const [address] = ask(
    'sentinel-2',
    ...['-p', '26379', 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME],
  ).split('\n');
  const node = [1, 2, 3].map((at) => `redis-${at}`).find((it) => addresses.get(it) === address);
  return ask(node, 'LRANGE', 'orders', '0', '-1').split('\n');
}

async function play(client, fault) {
  rrepl('up', '--replicas', '2', '--sentinels', '3', '--ttl', '30m');
  try {
    const file = client === 'redis-py' ? `${client}.py` : `${client}.mjs`;
    const path = fileURLToPath(new URL(file, import.meta.url));
    const program = client === 'redis-py' ? (process.env.PYTHON ?? 'python3') : 'node';
    const child = spawn(program, [path, '20000'], {
      env: { ...process.env, ...environment() },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = {};
    for await (const line of createInterface({ input: child.stdout })) {
      if (line === 'under way') {
        await sleep(1000);
        rrepl(FAULTS[fault], 'redis-1');
      } else said = JSON.parse(line);
    }
    if (child.exitCode === null) await once(child, 'exit');
    return { ...said, kept: keptBy() };
  } finally {
    rrepl('down', '--volumes');
  }
}

console.log('| client | fault | no answer | lost | pushed twice | errors seen |');
console.log('| --- | --- | --- | --- | --- | --- |');
const wanted = process.argv.slice(2);
for (const client of wanted.length > 0 ? wanted : ALL) {
  for (const fault of Object.keys(FAULTS)) {
    const { gapMs, wentOn, acknowledged, kept, errors } = await play(client, fault);
    const there = new Set(kept);
    const missing = acknowledged.filter((text) => !there.has(text)).length;
    const seen = Object.entries(errors).map(([text, times]) => `${text} (${times})`);
    const gap = `${wentOn ? '' : 'over '}${(gapMs / 1000).toFixed(1)} s`;
    const lost = `${missing} of ${acknowledged.length}`;
    const cells = [client, fault, gap, lost, kept.length - there.size, seen.join(', ') || 'none'];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
