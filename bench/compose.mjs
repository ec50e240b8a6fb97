/** The same topology as a project of Docker Compose, brought up until all of it is healthy. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from './measure.mjs';
import {
  COMPOSE,
  image,
  nodeNames,
  PORTS,
  redisConf,
  SENTINEL,
  SERVER,
  scratch,
  sentinelConf,
  sentinelNames,
} from './subjects.mjs';

/** Sentinels and servers speak fixed addresses, of a range for documentation (RFC 5737), which nobody routes. */
const SUBNET = '203.0.113';
const MASTER = `${SUBNET}.11`;
const NAME = 'bench';

/** `{ title, command }`, or null where Compose is not installed. */
export async function prepareCompose(replicas, sentinels = 0) {
  const compose = await findCompose();
  if (compose === null) {
    process.stdout.write('Docker Compose is not installed: not compared\n\n');
    return null;
  }
  const names = { servers: nodeNames(replicas), sentinels: sentinelNames(sentinels) };
  const folder = join(scratch.folder, `compose-${replicas}-${sentinels}`);
  await mkdir(folder, { recursive: true });
  const write = async (name, conf) => writeFile(join(folder, `${name}.conf`), await conf);
  const master = sentinels > 0 ? MASTER : undefined;
  await Promise.all([
    ...names.servers.map((name) => write(name, redisConf(name, master))),
    ...names.sentinels.map((name, index) => write(name, knowingConf(names, index))),
  ]);
  const file = join(folder, 'compose.json');
  await writeFile(file, JSON.stringify(project(names, folder), null, 2));
  const up = `${compose.command} -p ${COMPOSE} -f ${file} up -d`;
  const line = compose.waits ? `${up} --wait` : `${up} && ${untilHealthy()}`;
  return { title: `Compose ${compose.version}`, command: ['sh', ['-c', line]] };
}

/** Version 1 can't wait for all of it. */
function untilHealthy() {
  const ids = `docker ps -qf label=com.docker.compose.project=${COMPOSE}`;
  const states = `docker inspect -f '{{.State.Health.Status}}' $(${ids})`;
  return `while ${states} | grep -qv '^healthy$'; do sleep 0.02; done`;
}

async function findCompose() {
  const version = async (command) => {
    const [name, ...words] = command.split(' ');
    const answer = await exec(name, [...words, 'version', '--short']).catch(() => null);
    return answer && { command, version: answer.stdout.trim().replace(/^v/, '') };
  };
  const found = (await version('docker compose')) ?? (await version('docker-compose'));
  return found && { ...found, waits: !found.version.startsWith('1.') };
}

const serverIp = (index) => `${SUBNET}.${11 + index}`;
const sentinelIp = (index) => `${SUBNET}.${101 + index}`;
const sentinelId = (index) => String(index + 1).repeat(40);

/** Of a sentinel that knows all from the start: what a file can do instead of the hello messages of every two seconds. */
function knowingConf({ servers, sentinels }, own) {
  const replicas = servers.map((_, index) => serverIp(index)).slice(1);
  const others = sentinels.map((_, index) => index).filter((index) => index !== own);
  return sentinelConf(sentinelId(own), [
    `sentinel monitor ${NAME} ${MASTER} ${SERVER.inner} 2`,
    `sentinel down-after-milliseconds ${NAME} 1000`,
    `sentinel parallel-syncs ${NAME} ${replicas.length}`,
    ...replicas.map((ip) => `sentinel known-replica ${NAME} ${ip} ${SERVER.inner}`),
    ...others.map(
      (at) =>
        `sentinel known-sentinel ${NAME} ${sentinelIp(at)} ${SENTINEL.inner} ${sentinelId(at)}`,
    ),
  ]);
}

/** JSON is YAML. A health check every 200 ms, replicas and sentinels once the master is healthy. */
function project(names, folder) {
  const isWatched = names.sentinels.length > 0;
  const [master] = names.servers;
  const service = ({ command, port, volumes, check, ip, isFirst = false }) => ({
    image,
    command,
    ports: [`127.0.0.1:${port}`],
    networks: { control: {}, replication: isWatched ? { ipv4_address: ip } : {} },
    volumes,
    healthcheck: { test: ['CMD-SHELL', check], interval: '200ms', timeout: '2s', retries: 100 },
    ...(!isFirst && { depends_on: { [master]: { condition: 'service_healthy' } } }),
  });
  const servers = names.servers.map((name, index) => [
    name,
    service({
      command: SERVER.command,
      port: `${PORTS.compose + index}:${SERVER.inner}`,
      ip: serverIp(index),
      volumes: [
        `${join(folder, `${name}.conf`)}:/usr/local/etc/redis/redis.conf:ro`,
        `${name}-data:/data`,
      ],
      check:
        name === master
          ? 'redis-cli ping | grep -q PONG'
          : 'redis-cli info replication | grep -q master_link_status:up',
      isFirst: name === master,
    }),
  ]);
  const seesAll = `status=ok,.*,slaves=${names.servers.length - 1},sentinels=${names.sentinels.length}`;
  const sentinels = names.sentinels.map((name, index) => [
    name,
    service({
      // It writes into its file, and into the folder of it.
      command: [
        ...['sh', '-c'],
        'cp /sentinel.conf /tmp/sentinel.conf && exec redis-server /tmp/sentinel.conf --sentinel',
      ],
      port: `${PORTS.compose + 20 + index}:${SENTINEL.inner}`,
      ip: sentinelIp(index),
      volumes: [`${join(folder, `${name}.conf`)}:/sentinel.conf:ro`],
      check: `redis-cli -p ${SENTINEL.inner} info sentinel | grep -q '${seesAll}'`,
    }),
  ]);
  const fixed = isWatched ? { ipam: { config: [{ subnet: `${SUBNET}.0/24` }] } } : {};
  return {
    services: Object.fromEntries([...servers, ...sentinels]),
    networks: { control: {}, replication: fixed },
    volumes: Object.fromEntries(names.servers.map((name) => [`${name}-data`, {}])),
  };
}
