/** The role that a redis.conf gives its server: read and rewritten as text. Pure. */

import { parseConf, withoutDirectives } from './conf-file.js';
import { REDIS_PORT } from './directive.js';

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
  const text = withoutDirectives(conf, ({ name }) => NAMES.includes(name));
  return upstream === null ? text : `${text}replicaof ${upstream} ${REDIS_PORT}\n`;
}
