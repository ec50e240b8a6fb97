/**
 * `node table.mjs [--fault FAULT]… [--from host|container]… [CLIENT…]`: fails over under the clients, all at once on one
 * topology a fault, each with a list of its own, and prints the table of docs/clients.md. RREPL says how rrepl is called,
 * PYTHON which python. Clients in a container run this host's programs, so it wants Linux.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';

const EXAMPLES = fileURLToPath(new URL('..', import.meta.url));
const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';
const NAME = process.env.RREPL_NAME ?? 'sentinel-clients';
/** Longer than the ten seconds after which Sentinel demotes a master that lives, and ioredis' connectTimeout. */
const AFTER_FAULT_MS = 20_000;

/** A file of this folder, and what it sets. */
const CLIENTS = {
  ioredis: '',
  'ioredis-detector': '`failoverDetector`',
  'ioredis-timeouts': '`failoverDetector`, timeouts of 1 s',
  iovalkey: '',
  'iovalkey-timeouts': '`failoverDetector`, timeouts of 1 s',
  'node-redis': '',
  'node-redis-timeouts': 'timeouts of 1 s',
  'redis-py': '`socket_timeout=0.5`',
};

const FAULTS = {
  kill: ['killed', () => rrepl('kill', 'redis-1')],
  hang: ['hangs', () => rrepl('pause', 'redis-1')],
  cut: ['cut off', () => rrepl('disconnect', 'redis-1')],
  failover: ['SENTINEL FAILOVER', () => rrepl(...['cli', 'sentinel-1', '--'], ...FAILOVER)],
  switchover: ['`rrepl switchover`', () => rrepl('switchover')],
};
const FAILOVER = ['SENTINEL', 'FAILOVER', NAME];
const PLACES = { host: 'this host, by the map', container: 'a container on their network' };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fault: { type: 'string', multiple: true, default: Object.keys(FAULTS) },
    from: { type: 'string', multiple: true, default: Object.keys(PLACES) },
  },
});
const clients = positionals.length > 0 ? positionals : Object.keys(CLIENTS);

const [command, ...before] = (process.env.RREPL ?? 'rrepl').split(' ');
const inTopology = { ...process.env, RREPL_NAME: NAME };
const rrepl = (...args) =>
  execFileSync(command, [...before, ...args], { encoding: 'utf8', stdio: 'pipe', env: inTopology });

await printHead();
const runs = values.from.flatMap((place) =>
  clients.map((client) => ({ client, place, cells: [] })),
);
for (const fault of values.fault) {
  const results = await play(fault);
  runs.forEach(({ cells }, at) => {
    cells.push(toCell(results[at]));
  });
  process.stderr.write(
    `${FAULTS[fault][0]}: ${runs.map(({ cells }) => cells.at(-1)).join(' | ')}\n`,
  );
}
printRow(['client', 'runs on', ...values.fault.map((fault) => FAULTS[fault][0])]);
printRow(['client', 'runs on', ...values.fault].map(() => '---'));
for (const { client, place, cells } of runs) printRow([titleOf(client), PLACES[place], ...cells]);

/** What each client saw of the fault, and what the master that the sentinels name has of it in the end. */
async function play(fault) {
  const image = up();
  const programs = [];
  try {
    const book = JSON.parse(rrepl('addresses', '--json'));
    for (const run of runs) programs.push(start(run, book, image));
    await Promise.all(programs.map(({ underWay }) => underWay));
    await sleep(1000);
    FAULTS[fault][1]();
    await sleep(AFTER_FAULT_MS);
    const said = await Promise.all(programs.map((program) => program.end()));
    const kept = await listsOf(book);
    return said.map((it, at) => ({ ...it, kept: kept[at] }));
  } finally {
    for (const { child } of programs) child.kill();
    rrepl('down', '--volumes');
  }
}

function up() {
  rrepl('up', '--replicas', '2', '--sentinels', '3', '--ttl', '30m');
  return docker('inspect', `rrepl-${NAME}-redis-1`, '--format', '{{.Config.Image}}');
}

function listOf({ client, place }) {
  return `orders-${place}-${client}`;
}

function start(run, book, image) {
  const { client, place } = run;
  const env = environment(place, book);
  const file = `${EXAMPLES}sentinel/${client}${client === 'redis-py' ? '.py' : '.mjs'}`;
  const program = [client === 'redis-py' ? PYTHON : process.execPath, file, listOf(run)];
  const [name, ...args] =
    place === 'host' ? program : inContainer(program, { env, image, network: book.network });
  const child = spawn(name, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${client} ended too soon`);
    return value;
  };
  const end = async () => {
    child.stdin.end();
    const said = JSON.parse(await line());
    if (child.exitCode === null) await once(child, 'exit');
    return said;
  };
  return { child, underWay: line(), end };
}

function environment(place, { masterName, sentinels, maps }) {
  const where = { host: 'host', container: 'sameNetwork' }[place];
  const addresses = sentinels.map((it) => `${it[where].host}:${it[where].port}`);
  return {
    REDIS_MASTER_NAME: masterName,
    REDIS_SENTINELS: addresses.join(','),
    ...(place === 'host' && { REDIS_ADDRESS_MAP: JSON.stringify(maps.host) }),
  };
}

/** With programs and libraries of this host in place of the image's own. */
function inContainer([program, ...args], { env, image, network }) {
  const mounts = ['/usr', '/lib', '/lib64', EXAMPLES, program];
  return [
    ...['docker', 'run', '--rm', '-i', '--network', network],
    ...mounts.flatMap((path) => ['-v', `${path}:${path}:ro`]),
    ...Object.entries(env).flatMap(([key, value]) => ['-e', `${key}=${value}`]),
    ...['--entrypoint', program, image, ...args],
  ];
}

function docker(...args) {
  return execFileSync('docker', args, { encoding: 'utf8' }).trim();
}

/** Of the master that the sentinels name; a former one may still say that it is one. */
async function listsOf({ nodes, sentinels }) {
  const [address] = await asked(sentinels.at(-1).host, [
    ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME],
  ]);
  const master = nodes.find(({ sameNetwork }) => sameNetwork.host === address[0]);
  return asked(
    master.host,
    runs.map((run) => ['LRANGE', listOf(run), '0', '-1']),
  );
}

async function asked({ host, port }, commands) {
  const redis = new Redis({ host, port });
  try {
    return await Promise.all(commands.map(([name, ...args]) => redis.call(name, ...args)));
  } finally {
    redis.disconnect();
  }
}

function toCell({ gapMs, wentOn, acknowledged, kept }) {
  const there = new Set(kept);
  const lost = acknowledged.filter((text) => !there.has(text)).length;
  const twice = kept.length - there.size;
  return [
    `${wentOn ? '' : 'over '}${(gapMs / 1000).toFixed(1)} s`,
    ...(lost > 0 ? [`${lost} of ${acknowledged.length} lost`] : []),
    ...(twice > 0 ? [`${twice} twice`] : []),
  ].join(', ');
}

function titleOf(client) {
  const [, library] = /^(.*?)(?:-detector|-timeouts)?$/.exec(client);
  return [`${library} ${versionOf(library)}`, CLIENTS[client]].filter(Boolean).join(', ');
}

function versionOf(library) {
  if (library === 'redis-py')
    return execFileSync(PYTHON, ['-c', 'import redis; print(redis.__version__)'], {
      encoding: 'utf8',
    }).trim();
  const folder = library === 'node-redis' ? 'redis' : library;
  return JSON.parse(readFileSync(`${EXAMPLES}node_modules/${folder}/package.json`, 'utf8')).version;
}

async function printHead() {
  const engine = docker('version', '--format', '{{.Server.Version}}');
  const [cpu] = cpus();
  console.log(
    `Docker engine ${engine}, Node ${process.version}, ${cpus().length} × ${cpu?.model.trim()}, load ${loadavg()[0].toFixed(1)}\n`,
  );
}

function printRow(cells) {
  console.log(`| ${cells.join(' | ')} |`);
}
