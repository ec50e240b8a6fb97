/**
 * A master and two replicas that keep roles, settings and what CONFIG REWRITE has written,
 * and note every command. Any command can be made to fail, before or after it was executed.
 */
import { NoReplyError, type RedisNode } from '../../../src/redis/node.js';
import { info } from '../../support/fake-redis.js';

export interface Failure {
  /** Counted over all nodes, from 0. */
  readonly at: number;
  readonly error?: Error;
  readonly carriedOut?: boolean;
}

interface State {
  upstream: string | null;
  offset: number;
  readonly settings: Map<string, string>;
  /** Settings and role as the file has them. */
  file: string;
}

export class Trio {
  readonly calls: string[] = [];
  readonly states = new Map<string, State>();
  failure: Failure | null = null;
  /** Nodes that answer nothing from now on. */
  readonly silent = new Set<string>();
  /** Replicas that don't follow the stream. */
  readonly stuck = new Set<string>();
  /** Told of every call before it is executed. */
  onCall: (text: string) => void = () => {};

  constructor(offset = 500) {
    for (const name of ['redis-1', 'redis-2', 'redis-3']) {
      const settings = new Map([
        ['min-replicas-to-write', '1'],
        ['repl-ping-replica-period', '10'],
      ]);
      const upstream = name === 'redis-1' ? null : 'redis-1';
      this.states.set(name, { upstream, offset, settings, file: '' });
    }
  }

  node(name: string): RedisNode {
    return {
      name,
      call: async (command, ...args) => this.#call(name, [command, ...args].join(' ')),
      disconnect: () => {},
      close: () => {},
    };
  }

  state(name: string): State {
    const state = this.states.get(name);
    if (state === undefined) throw new Error(`no node ${name}`);
    return state;
  }

  /** `min-replicas-to-write` and `repl-ping-replica-period` of a node. */
  settings(name: string): string[] {
    return [...this.state(name).settings.values()];
  }

  #call(name: string, text: string): unknown {
    const at = this.calls.push(`${name} ${text}`) - 1;
    this.onCall(`${name} ${text}`);
    if (this.silent.has(name)) throw new NoReplyError(`no reply from ${name}`);
    if (this.failure?.at !== at) return this.#execute(name, text);
    if (this.failure.carriedOut) this.#execute(name, text);
    throw this.failure.error ?? new NoReplyError(`no reply from ${name}: cut`);
  }

  #execute(name: string, text: string): unknown {
    const state = this.state(name);
    const [command = '', first = '', second = '', third = ''] = text.split(' ');
    if (command === 'INFO') return this.#info(name);
    if (command === 'REPLICAOF') {
      state.upstream = first === 'NO' ? null : first;
      return 'OK';
    }
    if (command !== 'CONFIG') throw new Error(`unexpected: ${text}`);
    if (first === 'GET') return [second, state.settings.get(second) ?? ''];
    if (first === 'SET') state.settings.set(second, third);
    if (first === 'REWRITE') {
      state.file = `${state.upstream ?? 'master'} ${[...state.settings.values()].join(' ')}`;
    }
    return 'OK';
  }

  #info(name: string): string {
    const { upstream, offset } = this.state(name);
    const applied = this.stuck.has(name) ? offset - 1 : offset;
    const text = info({ offset: applied, ...(upstream === null ? {} : { upstream }) });
    // A promoted replica goes on under a new id and keeps the old one as its second.
    if (upstream !== null || name === 'redis-1') return text;
    return text
      .replace(/master_replid:.*/, `master_replid:${'c'.repeat(40)}`)
      .replace(/master_replid2:.*/, `master_replid2:${'a'.repeat(40)}`)
      .replace('second_repl_offset:-1', `second_repl_offset:${offset + 1}`);
  }
}
