/**
 * The floor of `rrepl up --sentinels 3`: `node bare-sentinels.mjs PROJECT IMAGE REPLICAS PORT SENTINELS` brings the
 * same containers up with the engine calls that this needs, and makes the sentinels know each other the fastest way that
 * is known: each is told of every other one as that one would say it. Ends when all see all, with no PING open.
 */
import { ask, Bare, hasOnline, isInSync, loadingMs, until } from './bare.mjs';
import {
  nodeNames,
  redisConf,
  SENTINEL,
  SERVER,
  sentinelConf,
  sentinelNames,
} from './subjects.mjs';

process.stdout.write(String(loadingMs));

const [project, image, replicas, firstPort, sentinelCount] = process.argv.slice(2);
/** Of a range for documentation (RFC 5737), which nobody routes. */
const SUBNET = '192.0.2';
const NAME = 'bench';
const MASTER = `${SUBNET}.11`;
const bare = new Bare(project, image);

const servers = await Promise.all(
  nodeNames(replicas).map(async (name, index) => ({
    ...SERVER,
    name,
    container: `${project}-${name}`,
    port: Number(firstPort) + index,
    ip: `${SUBNET}.${11 + index}`,
    conf: await redisConf(name, MASTER),
  })),
);
const sentinels = sentinelNames(sentinelCount).map((name, index) => ({
  ...SENTINEL,
  name,
  container: `${project}-${name}`,
  port: Number(firstPort) + 20 + index,
  ip: `${SUBNET}.${101 + index}`,
  id: String(index + 1).repeat(40),
  conf: sentinelConf(String(index + 1).repeat(40)),
}));
const [master, ...others] = servers;

const networks = bare.createNetworks(`${SUBNET}.0/24`);
const masterReady = bring(master);
await Promise.all([masterReady, ...sentinels.map((it) => bring(it)), ...others.map(bringReplica)]);
await until(() => hasOnline(master, others.length));
await Promise.all(sentinels.map(monitor));
await Promise.all(sentinels.map(introduce));
await until(async () => (await Promise.all(sentinels.map(isSettled))).every(Boolean));

async function bring(node) {
  await bare.create(node, networks);
  await bare.start(node);
}

async function bringReplica(node) {
  await Promise.all([bare.create(node, networks), masterReady]);
  await bare.start(node);
  await until(() => isInSync(node));
}

/** Once the replicas are in sync: a sentinel that meets the master before misses them for up to ten seconds. */
async function monitor({ port }) {
  const settings = ['down-after-milliseconds 1000', `parallel-syncs ${others.length}`];
  const set = settings.map((it) => `SENTINEL SET ${NAME} ${it}`);
  await ask(port, `SENTINEL MONITOR ${NAME} ${MASTER} ${SERVER.inner} 2`, ...set);
}

async function introduce(to) {
  const hellos = sentinels
    .filter((it) => it !== to)
    .map(({ ip, inner, id }) => `${ip},${inner},${id},0,${NAME},${MASTER},${SERVER.inner},0`);
  await ask(to.port, ...hellos.map((it) => `PUBLISH __sentinel__:hello ${it}`));
}

async function isSettled({ port }) {
  const views = async (what) => entries(await ask(port, `SENTINEL ${what}`));
  const [masters, replicas, peers] = await Promise.all(
    ['MASTERS', `SLAVES ${NAME}`, `SENTINELS ${NAME}`].map(views),
  );
  const all = [
    ...masters.map((it) => [it, 'master']),
    ...replicas.map((it) => [it, 'slave']),
    ...peers.map((it) => [it, 'sentinel']),
  ];
  return (
    all.length === servers.length + sentinels.length - 1 &&
    all.every(([it, flags]) => it.flags === flags && it.runid !== '') &&
    peers.every((it) => it['last-ping-sent'] === '0')
  );
}

/** Each begins with its name; lengths are left out. */
function entries(reply) {
  const words = reply.split('\r\n').filter((it) => !/^[$*+]/.test(it));
  const found = [];
  for (let at = 0; at + 1 < words.length; at += 2) {
    if (words[at] === 'name') found.push({});
    if (found.length > 0) found.at(-1)[words[at]] = words[at + 1];
  }
  return found;
}
