/** The role that a redis.conf gives its server: read and rewritten as text. Pure. */
import { REDIS_PORT } from '../topology/topology.js';
import { parseConf } from './conf-file.js';

const NAMES = ['replicaof', 'slaveof'];

/** The upstream that a redis.conf names, or null: its server is a master. The last line counts. */
export function upstreamIn(conf: string): string | null {
  const { lines } = parseConf(conf, 'redis.conf');
  const last = lines.findLast(({ directive }) => NAMES.includes(directive.name));
  const [host, port] = last?.directive.args ?? [];
  const none = /^no one$/i.test(`${host} ${port}`);
  return host === undefined || none ? null : host;
}

/** The same file for a replica of `upstream`, or for a master; every other line stays as it is. */
export function withUpstream(conf: string, upstream: string | null): string {
  const { lines } = parseConf(conf, 'redis.conf');
  const old = new Set(
    lines.filter(({ directive }) => NAMES.includes(directive.name)).map(({ line }) => line),
  );
  const kept = conf.split('\n').filter((_, index) => !old.has(index + 1));
  const text = kept.join('\n').replace(/\n*$/, '\n');
  return upstream === null ? text : `${text}replicaof ${upstream} ${REDIS_PORT}\n`;
}
