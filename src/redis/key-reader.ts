/** What a server can say of its keys, and the readings of its databases. */

import { COUNT } from './digest-script.js';
import { Database, type DigestOptions } from './digest-slices.js';
import { type KeyspaceFacts, parseInfo, parseKeyspace } from './info.js';
import type { RedisNode } from './node.js';
import type { Sample } from './same-point.js';

export interface KeyFacts {
  readonly node: RedisNode;
  /** Whether it knows what came with 7.0. */
  readonly since7: boolean;
  /** Whether fields of hashes can have a time to live. */
  readonly fieldExpiry: boolean;
  /** By number; only those that hold keys. */
  readonly databases: ReadonlyMap<number, KeyspaceFacts>;
}

export async function askKeys(node: RedisNode): Promise<KeyFacts> {
  const [commands, info] = await Promise.all([
    node.call('COMMAND', 'INFO', 'PEXPIRETIME', 'HPEXPIRETIME'),
    node.call('INFO', 'keyspace'),
  ]);
  const [since7, fieldExpiry] = (commands as unknown[]).map((it) => it !== null);
  return {
    node,
    since7: since7 === true,
    fieldExpiry: fieldExpiry === true,
    databases: parseKeyspace(parseInfo(String(info))),
  };
}

/** Keys by database, and where in the replication stream they were so many. */
export type KeyCounts = ReadonlyMap<number, { readonly keys: number }>;

export async function countKeys(node: RedisNode): Promise<Sample<KeyCounts>> {
  const [point, info] = (await node.call('EVAL', COUNT, 0)) as [string, string];
  return { point, value: parseKeyspace(parseInfo(info)) };
}

/** `since7` and `options` are those of all nodes that are compared. */
export class KeyReader {
  readonly facts: KeyFacts;
  readonly #since7: boolean;
  readonly #options: DigestOptions;

  constructor(facts: KeyFacts, since7: boolean, options: DigestOptions) {
    this.facts = facts;
    this.#since7 = since7;
    this.#options = options;
  }

  /** Asks for times to live of fields only if there were any when the server was asked. */
  quick(db: number): Database {
    const { fieldExpiry, databases } = this.facts;
    const facts = databases.get(db);
    return this.#database(db, fieldExpiry && facts !== undefined && facts.withFieldExpiry !== 0);
  }

  exact(db: number): Database {
    return this.#database(db, this.facts.fieldExpiry);
  }

  #database(db: number, fieldsExpire: boolean): Database {
    return new Database(this.facts.node, { db, since7: this.#since7, fieldsExpire }, this.#options);
  }
}
