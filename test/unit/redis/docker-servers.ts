/** A master and a replica in real containers, for the tests in test/docker. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { connectNode } from '../../../src/redis/ioredis-node.js';
import type { RedisNode } from '../../../src/redis/node.js';
import { waitForPong } from '../../../src/redis/probes.js';
import { limits } from './fake-node.js';

const IMAGE = process.env.RREPL_TEST_IMAGE ?? 'redis:6.0';

export interface Pair {
  readonly master: RedisNode;
  readonly replica: RedisNode;
  /** The replica's, on the network that both are in. */
  readonly address: string;
  /** Another connection to the master. */
  readonly bystander: RedisNode;
  /** `docker <verb> <container>` */
  container(verb: 'pause' | 'unpause', role: 'master' | 'replica'): Promise<unknown>;
  remove(): Promise<void>;
}

/** Containers `<name>-master` and `<name>-replica` on network `<name>`, published on two ports. */
export async function startPair(name: string, port: number): Promise<Pair> {
  await removePair(name);
  await docker('network', 'create', name);
  const connect = (role: string, hostPort: number) => {
    const times = { connectTimeoutMs: 1000, replyTimeoutMs: 5000 };
    return connectNode({ name: role, host: '127.0.0.1', port: hostPort, ...times });
  };
  const run = async (role: string, hostPort: number, ...args: string[]) => {
    const container = `${name}-${role}`;
    const publish = ['--network', name, '--publish', `127.0.0.1:${hostPort}:6379`];
    const server = IMAGE.includes('valkey') ? 'valkey-server' : 'redis-server';
    const settings = ['--save', '', '--protected-mode', 'no', '--repl-diskless-sync', 'no'];
    await docker('run', '-d', '--name', container, ...publish, IMAGE, server, ...settings, ...args);
    const node = connect(role, hostPort);
    await waitForPong(node, limits(10_000));
    return node;
  };
  const master = await run('master', port);
  const replica = await run('replica', port + 1, '--replicaof', `${name}-master`, '6379');
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  const address = await docker('inspect', '--format', format, `${name}-replica`);
  const bystander = connect('master', port);
  return {
    master,
    replica,
    bystander,
    address,
    container: (verb, role) => docker(verb, `${name}-${role}`),
    remove: async () => {
      for (const node of [master, replica, bystander]) node.close();
      await removePair(name);
    },
  };
}

async function removePair(name: string): Promise<void> {
  await docker('rm', '--force', '--volumes', `${name}-master`, `${name}-replica`).catch(() => {});
  await docker('network', 'rm', name).catch(() => {});
}

async function docker(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('docker', args, { timeout: 60_000 });
  return stdout.trim();
}
