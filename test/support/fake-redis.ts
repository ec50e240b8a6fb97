/**
 * Redis servers without Redis. `scripted` answers what it is told to. `FakeServers` are the
 * servers of a `FakeRuntime`'s containers: each runs while its container does, is what its
 * redis.conf says, and replicates at once from an upstream that it can reach.
 */

import { upstreamIn, withUpstream } from '../../src/config/upstream.js';
import { LABEL } from '../../src/docker/labels.js';
import { CONF_FILE, DATA_FOLDER, replicationNetworkName } from '../../src/docker/names.js';
import { NoReplyError, type RedisNode, ReplyError } from '../../src/redis/node.js';
import type { FakeContainer, FakeRuntime } from './fake-runtime.js';

type Answer = unknown | ((...args: (string | number)[]) => unknown);

/** Answers each command with what stands under its name; an Error is thrown. */
export function scripted(name: string, answers: Readonly<Record<string, Answer>>): RedisNode {
  return {
    name,
    call: async (command, ...args) => {
      const answer = answers[command];
      const reply = typeof answer === 'function' ? answer(...args) : answer;
      if (reply === undefined) throw new ReplyError(`ERR unknown command '${command}'`);
      if (reply instanceof Error) throw reply;
      return reply;
    },
    disconnect: () => {},
    close: () => {},
  };
}

/** As INFO says it. */
interface Stream {
  readonly id: string;
  readonly secondId?: string;
}

export interface InfoWish {
  readonly id?: string;
  /** Of a stream that it has up to its offset. */
  readonly secondId?: string;
  readonly offset?: number;
  /** Makes it a replica. */
  readonly upstream?: string;
  readonly link?: 'up' | 'down';
  /** Addresses of the replicas that are attached. */
  readonly replicas?: readonly string[];
}

export const ID = 'a'.repeat(40);

/** INFO with the fields that rrepl reads. */
export function info({
  id = ID,
  secondId,
  offset = 100,
  upstream,
  link = 'up',
  replicas = [],
}: InfoWish) {
  const role =
    upstream === undefined ? [] : [`slave_repl_offset:${offset}`, ...linkLines(upstream, link)];
  return [
    '# Server',
    'redis_version:6.0.16',
    `run_id:${'b'.repeat(40)}`,
    'uptime_in_seconds:9',
    'loading:0',
    'rdb_changes_since_last_save:0',
    'rdb_bgsave_in_progress:0',
    'rdb_last_bgsave_status:ok',
    'aof_enabled:0',
    'aof_last_write_status:ok',
    'sync_full:1',
    'sync_partial_ok:0',
    'sync_partial_err:0',
    `role:${upstream === undefined ? 'master' : 'slave'}`,
    ...role,
    `connected_slaves:${replicas.length}`,
    ...replicas.map(
      (ip, at) => `slave${at}:ip=${ip},port=6379,state=online,offset=${offset},lag=0`,
    ),
    `master_replid:${id}`,
    `master_replid2:${secondId ?? '0'.repeat(40)}`,
    `master_repl_offset:${offset}`,
    `second_repl_offset:${secondId === undefined ? -1 : offset + 1}`,
    'repl_backlog_active:1',
    'repl_backlog_size:1048576',
    'repl_backlog_first_byte_offset:1',
    `repl_backlog_histlen:${offset}`,
  ].join('\r\n');
}

const linkLines = (upstream: string, link: 'up' | 'down'): string[] => [
  `master_host:${upstream}`,
  'master_port:6379',
  `master_link_status:${link}`,
  'master_sync_in_progress:0',
  'slave_read_only:1',
];

/** The beginning of an RDB file, which tells all that rrepl reads; each character is a byte. */
export function rdb({ id = ID, offset = 100, keys = 1 }: RdbWish = {}): string {
  const text = (it: string) => `${String.fromCharCode(it.length)}${it}`;
  const fields = { 'redis-ver': '6.0.16', 'repl-id': id, 'repl-offset': `${offset}` };
  const aux = Object.entries(fields).map(([name, value]) => `\xfa${text(name)}${text(value)}`);
  const content = keys === 0 ? '\xff' : `\xfe\0\xfb${String.fromCharCode(keys)}\0`;
  return `REDIS0009${aux.join('')}${content}`;
}

export interface RdbWish {
  readonly id?: string;
  readonly offset?: number;
  /** Less than 64. */
  readonly keys?: number;
}

export class FakeServers {
  readonly #runtime: FakeRuntime;
  /** What a client has written to the master; its replicas show the same. */
  readonly data = new Map<string, unknown>();
  /** Nodes that answer nothing, although they run. */
  readonly silent = new Set<string>();
  /** Nodes whose link to their upstream stays down. */
  readonly linkDown = new Set<string>();
  /** Commands that no node may be sent. */
  readonly forbidden = new Set<string>();
  /** What CONFIG SET refuses: `hz many`. */
  readonly refused = new Set<string>();
  /** What CONFIG SET has changed, by node. */
  readonly settings = new Map<string, Map<string, string>>();
  /** Upstreams that REPLICAOF has set, until the server is started again. */
  readonly #roles = new Map<string, string | null>();
  /** Of nodes that were promoted. */
  readonly #streams = new Map<string, Stream>();
  /** Connections that were opened and are not closed. */
  open = 0;

  constructor(runtime: FakeRuntime) {
    this.#runtime = runtime;
    runtime.onStop = (container) => this.#save(container);
  }

  readonly connect = (_runtime: unknown, name: string, port: number): RedisNode => {
    this.open += 1;
    let closed = false;
    return {
      name,
      call: async (command, ...args) => this.#answer(name, port, command, args),
      disconnect: () => {},
      close: () => {
        if (!closed) this.open -= 1;
        closed = true;
      },
    };
  };

  #answer(name: string, port: number, command: string, args: readonly (string | number)[]) {
    const container = this.#running().find(({ spec }) => spec.publish.hostPort === port);
    if (container === undefined || this.silent.has(name)) {
      throw new NoReplyError(`no reply from ${name} to ${command}: ECONNREFUSED`);
    }
    if (this.forbidden.has(command)) throw new ReplyError(`NOPERM no permission for ${command}`);
    switch (command) {
      case 'PING':
        return 'PONG';
      case 'INFO':
        return info(this.#facts(container));
      case 'CONFIG':
        return this.#config(container, args.map(String));
      case 'REPLICAOF':
        return this.#replicate(container, args[0] === 'NO' ? null : String(args[0]));
      case 'ACL':
        return args[0] === 'LIST' ? ['user default on nopass ~* &* +@all'] : 'OK';
      case 'BGSAVE':
        this.#save(container);
        return 'Background saving started';
      case 'COMMAND':
        // COMMAND INFO, of commands that came later.
        return args.slice(1).map(() => null);
      case 'EVAL':
        // The number of keys and where in the stream: it tells of none.
        return ['id 100', ''];
      case 'FUNCTION':
        throw new ReplyError(`ERR unknown command '${command}'`);
      case 'GET':
        return this.data.get(String(args[0])) ?? null;
      default:
        return this.#write(container, command, args);
    }
  }

  #write(container: FakeContainer, command: string, [key, value]: readonly (string | number)[]) {
    if (this.#upstream(container) !== null) {
      throw new ReplyError("READONLY You can't write against a read only replica.");
    }
    if (command === 'DEL') return Number(this.data.delete(String(key)));
    if (command !== 'SET') throw new ReplyError(`ERR unknown command '${command}'`);
    this.data.set(String(key), value);
    return 'OK';
  }

  /** A replica that is promoted goes on under an id of its own, and keeps the old one as its second. */
  #replicate(container: FakeContainer, upstream: string | null): 'OK' {
    if (upstream === null && this.#upstream(container) !== null) {
      const secondId = this.#stream(container).id;
      const id = String(this.#streams.size + 1).repeat(40);
      this.#streams.set(nodeOf(container), { id, secondId });
    }
    this.#roles.set(processOf(container), upstream);
    return 'OK';
  }

  /** That of the node at the top, whether that runs or not. */
  #stream(container: FakeContainer, seen: readonly FakeContainer[] = []): Stream {
    const above = [...this.#runtime.containers.values()].find(
      (it) => LABEL.node in it.spec.labels && nodeOf(it) === this.#upstream(container),
    );
    if (above && !seen.includes(above)) return this.#stream(above, [...seen, container]);
    return this.#streams.get(nodeOf(container)) ?? { id: ID };
  }

  #facts(container: FakeContainer) {
    const upstream = this.#upstream(container);
    const attached = this.#running().filter(
      (it) => this.#upstream(it) === nodeOf(container) && this.#linked(it),
    );
    return {
      ...this.#stream(container),
      ...(upstream === null ? {} : { upstream }),
      link: this.#linked(container) ? 'up' : 'down',
      replicas: attached.map((it) => this.#address(it) ?? ''),
    } as const;
  }

  #linked(container: FakeContainer): boolean {
    const above = this.#running().find((it) => nodeOf(it) === this.#upstream(container));
    const reachable = above !== undefined && this.#address(above) !== undefined;
    return (
      reachable && this.#address(container) !== undefined && !this.linkDown.has(nodeOf(container))
    );
  }

  /** All that it has, as a clean end with save points does. */
  #save(container: FakeContainer): void {
    const { spec } = container;
    if (!(LABEL.node in spec.labels)) return;
    const text = rdb({ id: this.#stream(container).id });
    this.#runtime.put(spec.name, `${DATA_FOLDER}/dump.rdb`, text, this.#runtime.nowMs);
  }

  #address({ spec, networks }: FakeContainer): string | undefined {
    return networks.get(replicationNetworkName(spec.labels[LABEL.topology] ?? ''))?.address;
  }

  #config(container: FakeContainer, [verb, name = '', value = '']: readonly string[]) {
    const settings = this.settings.get(nodeOf(container)) ?? new Map<string, string>();
    this.settings.set(nodeOf(container), settings);
    if (verb === 'SET' && this.refused.has(`${name} ${value}`)) {
      throw new ReplyError('ERR Invalid argument');
    }
    if (verb === 'SET') settings.set(name, value);
    else if (verb === 'REWRITE') this.#rewrite(container);
    else if (name === 'replicaof') return [name, this.#replicaof(container)];
    else return [name, settings.get(name) ?? DEFAULTS[name] ?? ''];
    return 'OK';
  }

  #rewrite({ spec }: FakeContainer): void {
    const container = this.#runtime.containers.get(spec.name);
    const upstream = container === undefined ? null : this.#upstream(container);
    const text = this.#runtime.file(spec.name, CONF_FILE)?.text ?? '';
    this.#runtime.put(spec.name, CONF_FILE, withUpstream(text, upstream));
  }

  #upstream(container: FakeContainer): string | null {
    const changed = this.#roles.get(processOf(container));
    const { spec } = container;
    return changed !== undefined
      ? changed
      : upstreamIn(this.#runtime.file(spec.name, CONF_FILE)?.text ?? '');
  }

  #replicaof(container: FakeContainer): string {
    const upstream = this.#upstream(container);
    return upstream === null ? '' : `${upstream} 6379`;
  }

  #running(): FakeContainer[] {
    return [...this.#runtime.containers.values()].filter(
      ({ state, spec }) => state === 'running' && LABEL.node in spec.labels,
    );
  }
}

const DEFAULTS: Readonly<Record<string, string>> = {
  'replica-read-only': 'yes',
  databases: '16',
  'min-replicas-to-write': '0',
  'repl-ping-replica-period': '10',
};

const processOf = ({ id, starts }: FakeContainer): string => `${id}/${starts}`;

const nodeOf = ({ spec }: FakeContainer): string => spec.labels[LABEL.node] ?? '';
