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
  await unlessUnknown(node.call('CLIENT', 'UNPAUSE'));
  const settings = await setBack(node, wish.settings);
  const users = await resetUsers(node, wish.users);
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
  const wanted = new Set(users.map(({ name }) => name));
  const stray = before.map((line) => line.split(' ')[1] ?? '').filter((it) => !wanted.has(it));
  // Our own user last, and never without its rights: `reset` and the rules are one command.
  for (const { name, rules } of users) {
    const set = ['SETUSER', name, 'reset', ...rules];
    const channels = name === 'default' && rules.includes('on') ? ['&*'] : [];
    // 6.0 knows no channels.
    await node.call('ACL', ...set, ...channels).catch((error) => {
      if (channels.length === 0 || !(error instanceof ReplyError)) throw error;
      return node.call('ACL', ...set);
    });
  }
  if (stray.length > 0) await node.call('ACL', 'DELUSER', ...stray);
  return `${await list()}` !== `${before}`;
}

/** Of the clients, all but this one. */
export async function endClients(node: RedisNode): Promise<void> {
  for (const type of ['normal', 'pubsub']) await node.call('CLIENT', 'KILL', 'TYPE', type);
}

/** Of a master; its replicas follow. */
export async function emptyData(node: RedisNode): Promise<void> {
  await node.call('FLUSHALL');
  await unlessUnknown(node.call('FUNCTION', 'FLUSH'));
}

/** Where nothing saves by itself, what once was saved would come back with the next start. */
export async function saveNothing(node: RedisNode, { settings }: Pristine): Promise<void> {
  if (settings.get('save') === '') await node.call('SAVE');
}

/** Cached scripts and all that is counted or logged. */
export async function forget(node: RedisNode): Promise<void> {
  await node.call('SCRIPT', 'FLUSH');
  await node.call('ACL', 'LOG', 'RESET');
  await node.call('SLOWLOG', 'RESET');
  await node.call('LATENCY', 'RESET');
  await node.call('CONFIG', 'RESETSTAT');
}

/** A command that this version does not have. */
async function unlessUnknown(reply: Promise<unknown>): Promise<void> {
  await reply.catch((error) => {
    const isUnknown = error instanceof ReplyError && /unknown (sub)?command/i.test(error.reply);
    if (!isUnknown) throw error;
  });
}
