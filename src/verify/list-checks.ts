/** What servers keep beside their keys, entry by entry: libraries of functions, and users. */

import { plural, printable } from '../format.js';
import { askNode } from '../redis/ask.js';
import { type RedisNode, ReplyError } from '../redis/node.js';
import { passBarrier } from '../redis/probes.js';
import { sleep } from '../sleep.js';
import { type CheckResult, type Claim, type Finding, finding } from './check.js';
import { type CheckedNode, type CheckRun, each } from './check-run.js';

const FUNCTIONS: Claim = {
  id: 'functions',
  claim: "the replica's libraries of functions are the master's",
};
const USERS: Claim = {
  id: 'users',
  claim: "the replica's users and their rights are the master's",
};

export const LISTS = [FUNCTIONS, USERS];

/** What stands in a list, by name. */
type List = ReadonlyMap<string, string>;

interface Kind {
  readonly one: string;
  readonly many: string;
  readonly read: (server: RedisNode) => Promise<List>;
}

const LIBRARIES: Kind = { one: 'library', many: 'libraries', read: readLibraries };
const ACL: Kind = { one: 'user', many: 'users', read: readUsers };

/** A replica gets so long to catch up before what it lacks is a difference. */
const CATCH_UP_MS = 5000;

export const functions = (run: CheckRun, master: CheckedNode): Promise<CheckResult[]> =>
  each(run, FUNCTIONS, (node) =>
    compare(run, LIBRARIES, master, node, () =>
      passBarrier(master.redis, node.redis, run.within(CATCH_UP_MS)),
    ),
  );

/** Nothing replicates users: one that was made on the master alone is missed after a failover. */
export const users = (run: CheckRun, master: CheckedNode): Promise<CheckResult[]> =>
  each(run, USERS, async (node) => {
    const found = await compare(run, ACL, master, node, async () => {});
    if (found.verdict === 'pass') return found;
    const [ours, theirs] = await Promise.all([version(master), version(node)]);
    if (ours === theirs) return found;
    const why = `${ours} and ${theirs} write the same rights in different words`;
    return finding('unknown', found.expected, `${found.seen}; ${why}`);
  });

/** So often in a row the lists must differ: one may be changed while they are looked at. */
const LOOKS = 3;
const BETWEEN_LOOKS_MS = 50;

async function compare(
  run: CheckRun,
  { one, many, read }: Kind,
  master: CheckedNode,
  node: CheckedNode,
  catchUp: () => Promise<unknown>,
): Promise<Finding> {
  const expected = `the same ${many}`;
  for (let look = 1; ; look += 1) {
    const ours = await read(master.redis);
    const theirs = await read(node.redis);
    const named = [...differences(ours, theirs, master.name, node.name)];
    if (named.length === 0) {
      return finding('pass', expected, ours.size === 0 ? 'none' : plural(ours.size, one, many));
    }
    if (look === LOOKS) {
      return finding('fail', expected, `${named.length === 1 ? one : many} ${named.join(', ')}`);
    }
    await catchUp();
    await sleep(BETWEEN_LOOKS_MS, run.signal);
  }
}

function* differences(ours: List, theirs: List, first: string, second: string): Generator<string> {
  for (const [name, entry] of ours) {
    const other = theirs.get(name);
    if (other === undefined) yield `${printable(name)} (only on ${first})`;
    else if (other !== entry) yield `${printable(name)} (differs)`;
  }
  for (const name of theirs.keys()) {
    if (!ours.has(name)) yield `${printable(name)} (only on ${second})`;
  }
}

/** Empty before 7.0, which has none. */
async function readLibraries(server: RedisNode): Promise<List> {
  const reply = await server.call('FUNCTION', 'LIST', 'WITHCODE').catch((error) => {
    if (error instanceof ReplyError && /unknown command/i.test(error.message)) return [];
    throw error;
  });
  const libraries = (reply as unknown[][]).map((flat): [string, string] => {
    const field = (name: string) => String(flat[flat.indexOf(name) + 1]);
    return [field('library_name'), `${field('engine')} ${field('library_code')}`];
  });
  return new Map(libraries);
}

/** Passwords are hashes here; none is ever shown. */
async function readUsers(server: RedisNode): Promise<List> {
  const lines = (await server.call('ACL', 'LIST')) as string[];
  return new Map(lines.map(parseUser));
}

/** 7.0 names this default of every user only after a restart from a redis.conf that lists users. */
const SAID_ANYWAY = 'sanitize-payload';

/**
 * `user NAME RULE…`: the order of rules counts only among those that grant and deny commands,
 * and there not between single commands: Redis before 7.0 lists them as they fall.
 */
export function parseUser(line: string): [name: string, rules: string] {
  const [, name = '', ...words] = line.match(/\([^)]*\)|\S+/g) ?? [];
  const rules = words.filter((word) => word !== SAID_ANYWAY);
  const isOrdered = (rule: string) => /^[+-]/.test(rule);
  const ordered = byCommand(rules.filter(isOrdered));
  return [name, [...rules.filter((rule) => !isOrdered(rule)).sort(), ...ordered].join(' ')];
}

/** Sorts what stands between categories; what is said of one command keeps its order. */
function byCommand(rules: readonly string[]): string[] {
  const command = (rule = '') => (/^[+-]@/.test(rule) ? null : (rule.slice(1).split('|')[0] ?? ''));
  const sorted: string[] = [];
  for (const rule of rules) {
    const own = command(rule);
    const at = sorted.findLastIndex((it) => {
      const other = command(it);
      return own === null || other === null || other <= own;
    });
    sorted.splice(at + 1, 0, rule);
  }
  return sorted;
}

async function version({ redis }: CheckedNode): Promise<string> {
  const { server } = await askNode(redis);
  return `${server.product} ${server.version}`;
}
