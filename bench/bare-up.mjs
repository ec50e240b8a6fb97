/**
 * The floor: `node bare-up.mjs PROJECT IMAGE REPLICAS PORT` brings the same topology up as
 * `rrepl up` does, with the engine calls that this needs, at once where that is possible,
 * and nothing else: it looks at nothing beforehand, checks nothing and undoes nothing.
 * Prints how many milliseconds loading dockerode took.
 */
import { connect } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeNames, PROJECT_LABEL, redisConf } from './subjects.mjs';

const beforeLoading = performance.now();
const { default: Docker } = await import('dockerode');
process.stdout.write(String(performance.now() - beforeLoading));
const { default: tar } = await import('tar-stream');

const [project, image, replicas, firstPort] = process.argv.slice(2);
const Labels = { [PROJECT_LABEL]: project };
const control = project;
const replication = `${project}_replication`;
const docker = new Docker();

const nodes = nodeNames(replicas).map((name, index) => ({
  name,
  container: `${project}-${name}`,
  port: Number(firstPort) + index,
}));
const [master, ...others] = nodes;
const networks = Promise.all(
  [control, replication].map((Name) =>
    docker.createNetwork({ Name, Labels, CheckDuplicate: true }),
  ),
);
const masterReady = create(master).then(() => start(master));
await Promise.all([masterReady, ...others.map(bringUpReplica)]);
await until(async () => {
  const online = (await info(master)).match(/^slave\d+:.*state=online/gm) ?? [];
  return online.length === others.length;
});

async function bringUpReplica(node) {
  await Promise.all([create(node), masterReady]);
  await start(node);
  await until(async () => (await info(node)).includes('master_link_status:up'));
}

async function create({ name, container, port }) {
  const volumes = ['conf', 'data'].map((role) => `${container}-${role}`);
  const [conf, data] = volumes;
  await Promise.all([networks, ...volumes.map((Name) => docker.createVolume({ Name, Labels }))]);
  await docker.createContainer({
    name: container,
    Image: image,
    Cmd: ['redis-server', '/usr/local/etc/redis/redis.conf'],
    Labels,
    ExposedPorts: { '6379/tcp': {} },
    HostConfig: {
      NetworkMode: control,
      PortBindings: { '6379/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] },
      Mounts: [
        { Type: 'volume', Source: conf, Target: '/usr/local/etc/redis' },
        { Type: 'volume', Source: data, Target: '/data' },
      ],
    },
  });
  const EndpointConfig = { Aliases: [name] };
  await docker.getNetwork(replication).connect({ Container: container, EndpointConfig });
  const archive = await pack('redis.conf', await redisConf(name));
  await docker.getContainer(container).putArchive(archive, { path: '/usr/local/etc/redis' });
}

async function start({ container, port }) {
  await docker.getContainer(container).start();
  await until(async () => (await ask(port, 'PING')).startsWith('+PONG'));
}

function pack(name, content) {
  const archive = tar.pack();
  archive.entry({ name }, content);
  archive.finalize();
  return buffer(archive);
}

/** What a server answers to one command; nothing while it does not listen. */
async function ask(port, command) {
  const connection = connect(port, '127.0.0.1');
  connection.write(`${command}\r\nQUIT\r\n`);
  return text(connection).catch(() => '');
}

function info({ port }) {
  return ask(port, 'INFO replication');
}

async function until(isDone) {
  while (!(await isDone())) await sleep(10);
}
