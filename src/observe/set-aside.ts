/** What is set aside on a node: data that a decision would have discarded. */
import { SET_ASIDE_FOLDER } from '../docker/names.js';
import type { Runtime } from '../docker/runtime.js';
import { type RdbOrigin, rdbOrigin } from '../psync/rdb-header.js';
import { parseVersion, type Software } from '../redis/rdb-format.js';

/** What lies set aside on a node's disk. */
export interface SetAside {
  /** Its folder inside the container. */
  readonly path: string;
  /** When, as ISO 8601. */
  readonly at: string;
  /** Why, in words. */
  readonly cause: string;
  /** The image of the server that wrote it, and what that runs; null if it can't be told. */
  readonly image: string;
  readonly server: Software | null;
  /** What the node was. */
  readonly role: 'master' | 'replica';
  /** Its place in the stream, as its RDB says; null if that doesn't. */
  readonly place: RdbOrigin | null;
  readonly bytes: number;
  /** Null for an AOF, and for an RDB that is too big to be counted in passing. */
  readonly keys: number | null;
  /** Which of its files holds all of it. */
  readonly loads: 'aof' | 'rdb';
}

/** What is set aside on a node; null if nothing is. */
export async function readSetAside(runtime: Runtime, container: string): Promise<SetAside | null> {
  const text = await runtime.readFile(container, `${SET_ASIDE_FOLDER}/info.json`);
  return text === null ? null : parseSetAside(text);
}

/** What is written down beside the data. */
export interface AboutSetAside {
  readonly at: string;
  readonly cause: string;
  readonly image: string;
  readonly role: SetAside['role'];
  /** Whether its server would have loaded the AOF. */
  readonly aofOn: boolean;
  /** Whether it exited by itself, with save points: then it has saved, whatever became of its AOF. */
  readonly saved: boolean;
}

/** Null for a text that is no record of ours: whoever wrote it, it can't be put back. */
export function parseSetAside(text: string): SetAside | null {
  let record: RecordJson;
  try {
    record = JSON.parse(text);
  } catch {
    return null;
  }
  const { folder, about, version = '', bytes = 0, aof = false, keys = null } = record ?? {};
  if (typeof folder !== 'string' || typeof about?.at !== 'string') return null;
  const head = Buffer.from(record.rdbHead ?? '', 'base64');
  const rdbHasAll = !about.aofOn || (about.saved === true && record.aofNewer === false);
  const loads = aof && (head.length === 0 || !rdbHasAll) ? 'aof' : 'rdb';
  return {
    path: `${SET_ASIDE_FOLDER}/${folder}`,
    at: about.at,
    cause: about.cause ?? '',
    image: about.image ?? '',
    server: parseVersion(version),
    role: about.role ?? 'master',
    place: rdbOrigin(head),
    bytes,
    keys: loads === 'rdb' ? keys : null,
    loads,
  };
}

/** As the script writes it. */
interface RecordJson {
  readonly folder?: string;
  readonly about?: Partial<AboutSetAside>;
  /** What `redis-server --version` printed. */
  readonly version?: string;
  readonly bytes?: number;
  /** Whether an AOF is among the files. */
  readonly aof?: boolean;
  readonly aofNewer?: boolean;
  readonly keys?: number | null;
  /** The beginning of the RDB, in base64; empty without one. */
  readonly rdbHead?: string;
}
