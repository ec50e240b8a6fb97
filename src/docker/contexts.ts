/**
 * Docker contexts as the docker CLI stores them (docker/cli, `cli/context/store`):
 * `contexts/meta/<sha256 of the name>/meta.json` names the endpoint,
 * `contexts/tls/<sha256 of the name>/docker/` holds its certificates.
 */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { EngineError } from '../errors.js';
import type { Machine } from './machine.js';

/** PEM texts; what is absent is left to Node's defaults. */
export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The user told Docker not to check the server's certificate. */
  readonly skipVerify: boolean;
}

export interface Context {
  readonly host: string;
  readonly tls: Tls | undefined;
}

interface Meta {
  readonly Name?: string;
  readonly Endpoints?: { docker?: { Host?: string; SkipTLSVerify?: boolean } };
}

/** Reads a JSON file of the docker CLI; null if there is none, an `EngineError` if it is broken. */
export async function readJson<T>(machine: Machine, path: string): Promise<T | null> {
  const text = await machine.readText(path);
  if (text === null) return null;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new EngineError(`${path} is not valid JSON`, {
      about: { code: 'docker-configuration', path },
      cause,
    });
  }
}

/** The certificates `ca.pem`, `cert.pem` and `key.pem` of a folder; any of them may be missing. */
export async function readTls(machine: Machine, folder: string, skipVerify = false): Promise<Tls> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((file) => machine.readText(join(folder, file))),
  );
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), skipVerify };
}

async function knownContexts(machine: Machine, metaFolder: string): Promise<string[]> {
  const folders = await machine.list(metaFolder);
  const metas = await Promise.all(
    folders.map((folder) => readJson<Meta>(machine, join(metaFolder, folder, 'meta.json'))),
  );
  return ['default', ...metas.flatMap((meta) => meta?.Name ?? []).sort()];
}

/**
 * Looks a context up by name.
 * Rejects with an `EngineError` that lists the known ones if there is none of that name.
 */
export async function readContext(
  machine: Machine,
  configFolder: string,
  name: string,
  source: string,
): Promise<Context> {
  const digest = createHash('sha256').update(name).digest('hex');
  const metaFolder = join(configFolder, 'contexts', 'meta');
  const meta = await readJson<Meta>(machine, join(metaFolder, digest, 'meta.json'));
  const docker = meta?.Endpoints?.docker;
  if (!docker?.Host) {
    const contexts = await knownContexts(machine, metaFolder);
    throw new EngineError(`${source} names the Docker context ${name}, which has no engine`, {
      about: { code: 'no-context', contexts },
    });
  }
  const tlsFolder = join(configFolder, 'contexts', 'tls', digest, 'docker');
  const tls = await readTls(machine, tlsFolder, docker.SkipTLSVerify === true);
  const wanted = tls.ca || tls.cert || tls.key || tls.skipVerify;
  return { host: docker.Host, tls: wanted ? tls : undefined };
}
