import { readdir, readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { types } from 'node:util';
import { EngineError } from '../errors.js';
import { sshHostname } from './ssh.js';

/** What came of dialling a local socket. */
export type Knock = 'accepts' | 'absent' | 'denied' | 'refused';

/** The little that finding an engine needs to know of the machine it runs on. */
export interface Machine {
  /** The file's text; null if there is none. */
  readText(path: string): Promise<string | null>;
  /** The names in a folder; none if there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** Dials a Unix socket or a named pipe and hangs up. */
  knock(socket: string): Promise<Knock>;
  /** The host that ssh connects to for an `ssh://` address. */
  sshHostname(url: string): Promise<string>;
}

const KNOCK_MS = 1_000;

/** Also where the runtime's errors are of another realm, as in jest's sandbox. */
const codeOf = (error: unknown): unknown =>
  types.isNativeError(error) && 'code' in error ? error.code : undefined;

const isMissing = (error: unknown) => ['ENOENT', 'ENOTDIR'].includes(String(codeOf(error)));

/** Resolves with `fallback` where `work` finds no such file or folder. */
async function unlessMissing<T, F>(work: Promise<T>, fallback: F): Promise<T | F> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return fallback;
    throw new EngineError(
      `the docker CLI's configuration can't be read: ${(error as Error).message}`,
      {
        about: { code: 'docker-configuration-unreadable' },
        cause: error,
      },
    );
  }
}

function knockAnswer(error: Error): Knock {
  if (isMissing(error)) return 'absent';
  return ['EACCES', 'EPERM'].includes(String(codeOf(error))) ? 'denied' : 'refused';
}

function knock(socket: string): Promise<Knock> {
  return new Promise((resolve) => {
    const connection = createConnection(socket);
    const answer = (what: Knock) => {
      connection.destroy();
      resolve(what);
    };
    connection.setTimeout(KNOCK_MS, () => answer('refused'));
    connection.once('connect', () => answer('accepts'));
    connection.once('error', (error) => answer(knockAnswer(error)));
  });
}

export const thisMachine: Machine = {
  readText: (path) => unlessMissing(readFile(path, 'utf8'), null),
  list: (folder) => unlessMissing(readdir(folder), []),
  knock,
  sshHostname,
};
