/** Brings back all of a server that its start had given it, but for its role and its data. */
import type { User } from '../access/conf-lines.js';
import { type RedisNode, ReplyError } from './node.js';

/** What a server is to be like. */
export interface Pristine {
  /** What CONFIG GET is to say, by name. */
  readonly settings: ReadonlyMap<string, string>;
  readonly users: readonly User[];
}

/** Whose values are a node's own, or its role. */
const OWN =
  /^(port|bind.*|dir|unixsocket.*|pidfile|logfile|(slave|replica|primary)of|primary(auth|user)|tls-.*|aclfile|daemonize|supervised)$/;

/** Returns whether any setting or user was otherwise. */
export async function resetSettings(node: RedisNode, wish: Pristine): Promise<boolean> {
  const [, settings, users] = await Promise.all([
    unlessUnknown(node.call('CLIENT', 'UNPAUSE')),
    setBack(node, wish.settings),
    resetUsers(node, wish.users),
  ]);
  return settings || users;
}

async function setBack(node: RedisNode, wanted: Pristine['settings']): Promise<boolean> {
  const flat = (await node.call('CONFIG', 'GET', '*')) as string[];
  const isOther = (name: string, value: string) =>
    !OWN.test(name) && wanted.has(name) && wanted.get(name) !== value;
  const others = flat.flatMap((name, i) =>
    i % 2 === 0 && isOther(name, flat[i + 1] ?? '') ? [name] : [],
  );
  for (const name of others) await node.call('CONFIG', 'SET', name, wanted.get(name) ?? '');
  return others.length > 0;
}

async function resetUsers(node: RedisNode, users: readonly User[]): Promise<boolean> {
  const list = async () => (await node.call('ACL', 'LIST')) as string[];
  const before = await list();
  const lines = new Map(before.map((line) => [line.split(' ')[1] ?? '', line]));
  const wanted = new Set(users.map(({ name }) => name));
  const stray = before.map((line) => line.split(' ')[1] ?? '').filter((it) => !wanted.has(it));
  // Our own user last, and never without its rights: `reset` and the rules are one command.
  for (const { name, rules } of users) {
    // SETUSER adds words to the list that a fresh server does not say.
    if (saysTheSame(lines.get(name) ?? '', rules)) continue;
    const set = ['SETUSER', name, 'reset', ...rules];
    const channels = mayDoAll(rules) ? ['&*'] : [];
    // 6.0 knows no channels.
    await node.call('ACL', ...set, ...channels).catch((error) => {
      if (channels.length === 0 || !(error instanceof ReplyError)) throw error;
      return node.call('ACL', ...set);
    });
  }
  if (stray.length > 0) await node.call('ACL', 'DELUSER', ...stray);
  return `${await list()}` !== `${before}`;
}

/**
 * Whether a line of ACL LIST grants what the rules do. The order differs from process to process on
 * 6.0; what every user has by default is said from 7.0 on, `sanitize-payload` only after it was said.
 */
function saysTheSame(line: string, rules: readonly string[]): boolean {
  const said = new Set(line.split(' ').slice(2));
  const byDefault = mayDoAll(rules) ? ['&*'] : ['resetchannels', '-@all'];
  for (const word of ['sanitize-payload', ...byDefault]) said.delete(word);
  return said.size === rules.length && rules.every((rule) => said.has(rule));
}

const mayDoAll = (rules: readonly string[]): boolean =>
  rules.includes('~*') && rules.includes('+@all');

/** Of the clients, all but this one. */
export async function endClients(node: RedisNode): Promise<void> {
  const types = ['normal', 'pubsub'];
  await Promise.all(types.map((type) => node.call('CLIENT', 'KILL', 'TYPE', type)));
}

/** Of a master; its replicas follow. */
export async function emptyData(node: RedisNode): Promise<void> {
  await Promise.all([node.call('FLUSHALL'), unlessUnknown(node.call('FUNCTION', 'FLUSH'))]);
}

/** Where nothing saves by itself, what once was saved would come back with the next start. */
export async function saveNothing(node: RedisNode, { settings }: Pristine): Promise<void> {
  if (settings.get('save') === '') await node.call('SAVE');
}

/** Cached scripts and all that is counted or logged. */
export async function forget(node: RedisNode): Promise<void> {
  // In this order on the server, and in one round trip: the statistics last, they count the others.
  await Promise.all([
    node.call('SCRIPT', 'FLUSH'),
    node.call('ACL', 'LOG', 'RESET'),
    node.call('SLOWLOG', 'RESET'),
    node.call('LATENCY', 'RESET'),
    node.call('CONFIG', 'RESETSTAT'),
  ]);
}

/** A command that this version does not have. */
async function unlessUnknown(reply: Promise<unknown>): Promise<void> {
  await reply.catch((error) => {
    const isUnknown = error instanceof ReplyError && /unknown (sub)?command/i.test(error.reply);
    if (!isUnknown) throw error;
  });
}
