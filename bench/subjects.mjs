/** What is compared, and what it is called: everything that a benchmark makes is bench-*. */
import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const image = process.env.RREPL_BENCH_IMAGE || 'redis:6.0';

/** Topologies of rrepl, project of Compose, and the bare script's own. */
export const RREPL = 'bench-rrepl';
export const DRILL = 'bench-drill';
export const COMPOSE = 'bench-compose';
export const BARE = 'bench-bare';

/** rrepl labels what it makes as Compose does, and so does the bare script. */
export const PROJECT_LABEL = 'com.docker.compose.project';
export const PROJECTS = [`rrepl-${RREPL}`, `rrepl-${DRILL}`, COMPOSE, BARE];

/** The master's; replicas take the ones that follow. */
export const PORTS = { rrepl: 19000, bare: 19100, compose: 19200, drill: 19250 };

export const script = (path) => fileURLToPath(new URL(path, import.meta.url));

/** A folder of the benchmark's own, made when it is first asked for. Holds no rrepl.yaml. */
export const scratch = {
  get folder() {
    this.made ??= mkdtempSync(join(tmpdir(), 'rrepl-bench-'));
    return this.made;
  },
  async remove() {
    if (this.made) await rm(this.made, { recursive: true, force: true });
  },
};

export function rreplUp(replicas, ...more) {
  const wish = ['--name', RREPL, '--image', image, '--port', String(PORTS.rrepl)];
  const rrepl = script('../bin/rrepl.js');
  return ['node', [rrepl, 'up', ...wish, '--replicas', String(replicas), ...more]];
}

/** A topology of its own, killed under load. */
export function rreplDrill(...flags) {
  const wish = ['--name', DRILL, '--image', image, '--port', String(PORTS.drill)];
  return [
    'node',
    [script('../bin/rrepl.js'), 'kill-master', '--fresh', ...flags, ...wish, '--json'],
  ];
}

/** What a server's container is made of, and a sentinel's. */
export const SERVER = {
  inner: 6379,
  command: ['redis-server', '/usr/local/etc/redis/redis.conf'],
  file: 'redis.conf',
  volumes: { conf: '/usr/local/etc/redis', data: '/data' },
};
export const SENTINEL = {
  inner: 26379,
  command: ['redis-server', '/usr/local/etc/redis/sentinel.conf', '--sentinel'],
  file: 'sentinel.conf',
  volumes: { conf: '/usr/local/etc/redis' },
};

export const sentinelNames = (count) =>
  Array.from({ length: Number(count) }, (_, index) => `sentinel-${index + 1}`);

/** It knows no master; `more` are lines that say one. */
export const sentinelConf = (id, more = []) =>
  [
    'bind 0.0.0.0',
    'protected-mode no',
    'port 26379',
    'dir /data',
    `sentinel myid ${id}`,
    ...more,
    '',
  ].join('\n');

export const nodeNames = (replicas) =>
  Array.from({ length: Number(replicas) + 1 }, (_, index) => `redis-${index + 1}`);

/** The redis.conf of a node as rrepl writes it, for everyone the same. @param master its name or address */
export async function redisConf(node, master = 'redis-1') {
  const values = {
    node,
    port: '6379',
    backlog: '64mb',
    replication: node === 'redis-1' ? '' : `replicaof ${master} 6379`,
    overrides: '',
  };
  const template = await readFile(script('../templates/redis.conf'), 'utf8');
  return template.replace(/\{\{(\w+)\}\}/g, (_, name) => {
    if (!(name in values))
      throw new Error(`templates/redis.conf has {{${name}}}, and this does not`);
    return values[name];
  });
}
