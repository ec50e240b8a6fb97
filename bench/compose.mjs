/** The same topology as a project of Docker Compose, brought up until all of it is healthy. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from './measure.mjs';
import { COMPOSE, image, nodeNames, PORTS, redisConf, scratch } from './subjects.mjs';

/** `{ title, command }`, or null where Compose is not installed. */
export async function prepareCompose(replicas) {
  const compose = await findCompose();
  if (compose === null) {
    process.stdout.write('Docker Compose is not installed: not compared\n\n');
    return null;
  }
  const names = nodeNames(replicas);
  const folder = join(scratch.folder, `compose-${replicas}`);
  await mkdir(folder, { recursive: true });
  await Promise.all(
    names.map(async (name) => writeFile(join(folder, `${name}.conf`), await redisConf(name))),
  );
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

/** JSON is YAML. A health check every 200 ms, replicas once the master is healthy. */
function project(names, folder) {
  const services = names.map((name, index) => {
    const isMaster = index === 0;
    const check = isMaster
      ? 'redis-cli ping | grep -q PONG'
      : 'redis-cli info replication | grep -q master_link_status:up';
    const service = {
      image,
      command: ['redis-server', '/usr/local/etc/redis/redis.conf'],
      ports: [`127.0.0.1:${PORTS.compose + index}:6379`],
      networks: { control: {}, replication: {} },
      volumes: [
        `${join(folder, `${name}.conf`)}:/usr/local/etc/redis/redis.conf:ro`,
        `${name}-data:/data`,
      ],
      healthcheck: { test: ['CMD-SHELL', check], interval: '200ms', timeout: '2s', retries: 100 },
      ...(!isMaster && { depends_on: { [names[0]]: { condition: 'service_healthy' } } }),
    };
    return [name, service];
  });
  return {
    services: Object.fromEntries(services),
    networks: { control: {}, replication: {} },
    volumes: Object.fromEntries(names.map((name) => [`${name}-data`, {}])),
  };
}
