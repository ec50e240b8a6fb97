/**
 * Where the Docker engine is, found as the docker CLI finds it: the `--host` flag,
 * DOCKER_HOST, DOCKER_CONTEXT, the current context of the CLI's configuration, and
 * else the sockets on which engines usually listen.
 */

import { join, posix } from 'node:path';
import { EngineError, UsageError } from '../errors.js';
import { quoted } from '../format.js';
import { readContext, readJson, readTls, type Tls } from './contexts.js';
import { type Knock, type Machine, thisMachine } from './machine.js';

export interface Endpoint {
  /** As the docker CLI writes it: `unix:///var/run/docker.sock`, `tcp://10.0.0.7:2376`. */
  readonly url: string;
  /** Who said so: `host` (the flag, or the option), `DOCKER_HOST`, `context desktop-linux`, `the usual sockets`. */
  readonly source: string;
  /** The host name under which the engine's published ports are reached from here. */
  readonly publishedHost: string;
  /** The docker CLI's folder, with its contexts and registry logins. */
  readonly configFolder: string;
  readonly tls?: Tls;
}

export interface EndpointQuestion {
  /** The value of `--host`. */
  readonly host?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** `process.getuid?.()`: undefined means Windows. */
  readonly uid: number | undefined;
  readonly machine?: Machine;
}

interface Found {
  readonly host: string;
  readonly source: string;
  readonly tls: Tls | undefined;
}

const PORTS: Readonly<Record<string, number>> = { 'tcp:': 2375, 'http:': 80, 'https:': 443 };
const TLS_PORT = 2376;
/** Of a host, as DNS has it. */
const LONGEST_NAME = 253;

/**
 * Finds the engine. Only the usual sockets are dialled; an endpoint that the user
 * named is believed, and fails when it is used.
 * Rejects with a `UsageError` for a host that can't be parsed, with an `EngineError` for an
 * unknown context or when no usual socket answers.
 */
export async function resolveEndpoint(question: EndpointQuestion): Promise<Endpoint> {
  const { env, home, machine = thisMachine } = question;
  const configFolder = env.DOCKER_CONFIG || join(home, '.docker');
  const { host, source, tls } =
    (await namedHost(question, machine, configFolder)) ??
    (await namedContext(env, machine, configFolder)) ??
    (await usualSocket(question, machine));
  const { url, hostname } = parseHost(host, source, tls !== undefined);
  const publishedHost = url.startsWith('ssh:') ? await machine.sshHostname(url) : hostname;
  return { url, publishedHost, source, configFolder, ...(tls && { tls }) };
}

async function namedHost(
  { host: flag, env }: EndpointQuestion,
  machine: Machine,
  configFolder: string,
): Promise<Found | null> {
  const host = flag || env.DOCKER_HOST;
  if (!host) return null;
  const wantsTls = Boolean(env.DOCKER_TLS_VERIFY) && isTcp(host);
  const tls = wantsTls ? await readTls(machine, env.DOCKER_CERT_PATH || configFolder) : undefined;
  const isEmpty = tls && !tls.ca && !tls.cert && !tls.key;
  if (isEmpty && env.DOCKER_CERT_PATH) throw noCertificates(env.DOCKER_CERT_PATH);
  return { host, source: flag ? 'host' : 'DOCKER_HOST', tls };
}

const noCertificates = (folder: string): EngineError =>
  new EngineError(
    `DOCKER_CERT_PATH is ${folder}, and there is no ca.pem, cert.pem or key.pem there`,
    { about: { code: 'no-certificates', folder } },
  );

async function namedContext(
  env: EndpointQuestion['env'],
  machine: Machine,
  configFolder: string,
): Promise<Found | null> {
  const configFile = join(configFolder, 'config.json');
  const config = env.DOCKER_CONTEXT
    ? null
    : await readJson<{ currentContext?: string }>(machine, configFile);
  const name = env.DOCKER_CONTEXT || config?.currentContext;
  // The CLI reserves the name `default` for "no context".
  if (!name || name === 'default') return null;
  const namedBy = env.DOCKER_CONTEXT ? 'DOCKER_CONTEXT' : configFile;
  const { host, tls } = await readContext(machine, configFolder, name, namedBy);
  return { host, source: `context ${name}`, tls };
}

/** Docker's own sockets first, then rootless ones, Podman's, colima's and OrbStack's. */
function usualSockets({ env, home, uid }: EndpointQuestion): string[] {
  if (uid === undefined) return ['//./pipe/docker_engine'];
  const runtimeFolder = env.XDG_RUNTIME_DIR;
  const sockets = [
    '/var/run/docker.sock',
    ...(runtimeFolder ? [posix.join(runtimeFolder, 'docker.sock')] : []),
    posix.join(home, '.docker/run/docker.sock'),
    posix.join(home, '.docker/desktop/docker.sock'),
    `/run/user/${uid}/docker.sock`,
    ...(runtimeFolder ? [posix.join(runtimeFolder, 'podman/podman.sock')] : []),
    '/run/podman/podman.sock',
    posix.join(home, '.colima/default/docker.sock'),
    posix.join(home, '.orbstack/run/docker.sock'),
  ];
  return [...new Set(sockets)];
}

async function usualSocket(question: EndpointQuestion, machine: Machine): Promise<Found> {
  const scheme = question.uid === undefined ? 'npipe' : 'unix';
  const knocks: [string, Knock][] = [];
  for (const socket of usualSockets(question)) {
    const answer = await machine.knock(socket);
    if (answer === 'accepts') {
      return { host: `${scheme}://${socket}`, source: 'the usual sockets', tls: undefined };
    }
    knocks.push([socket, answer]);
  }
  throw noEngine(knocks);
}

const KNOCK_WORDS: Readonly<Record<Knock, string>> = {
  accepts: 'answers',
  absent: 'not there',
  denied: 'permission denied',
  refused: 'there, but nothing answers',
};

function noEngine(knocks: readonly [string, Knock][]): EngineError {
  const tried = knocks.map(([socket, answer]) => `  ${socket}: ${KNOCK_WORDS[answer]}`);
  const denied = knocks.some(([, answer]) => answer === 'denied');
  return new EngineError(
    `no Docker engine found; DOCKER_HOST and the Docker context are not set, looked at\n${tried.join('\n')}`,
    { about: { code: 'no-engine', denied } },
  );
}

const isTcp = (host: string) => !host.includes('://') || host.startsWith('tcp://');

/** `url` in full (scheme, port), and the host that it names. */
function parseHost(host: string, source: string, tls: boolean): { url: string; hostname: string } {
  const local = /^(?:unix:\/\/\/|npipe:\/\/)./.test(host);
  if (local) return { url: host, hostname: '127.0.0.1' };
  // The docker CLI takes `host:port` for TCP.
  const text = host.includes('://') || host.startsWith('/') ? host : `tcp://${host}`;
  // URL drops line ends and encodes what is no letter of a host name, which then names another.
  const url = /^[!-~]+$/.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (
    !url?.hostname ||
    url.hostname.length > LONGEST_NAME ||
    !(url.protocol in PORTS || url.protocol === 'ssh:')
  ) {
    throw malformed(host, source);
  }
  if (url.protocol === 'ssh:' && url.password) throw withPassword(source);
  const defaultPort = url.protocol === 'tcp:' && tls ? TLS_PORT : PORTS[url.protocol];
  const port = url.port || defaultPort;
  const user = url.username && `${url.username}@`;
  const path = url.protocol === 'ssh:' && url.pathname.length > 1 ? url.pathname : '';
  return {
    url: `${url.protocol}//${user}${url.hostname}${port ? `:${port}` : ''}${path}`,
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
  };
}

const withPassword = (source: string): UsageError =>
  new UsageError(`${source} holds a password, which ssh takes from nobody but you`, {
    about: { code: 'ssh-password' },
  });

function malformed(host: string, source: string): UsageError {
  return new UsageError(`${source} is not the address of a Docker engine: ${quoted(host)}`, {
    about: { code: 'malformed-endpoint', host },
  });
}
