import { Agent as HttpAgent } from 'node:http';
import { inspect } from 'node:util';
import type { Endpoint } from './endpoint.js';
import { SshAgent } from './ssh.js';

/** Longer than a command is busy with other things, shorter than anyone waits before closing it. */
const IDLE_MS = 5000;

/** For a socket on this machine: connections are used again, and keep no process alive. */
class LocalAgent extends HttpAgent {
  constructor() {
    // Without a server name Node works out, for every request, which one TLS would want.
    const options = { keepAlive: true, timeout: IDLE_MS, servername: '' };
    super(options);
  }

  /** docker-modem prints all that it is given, to any depth, for a debug line that is never shown. */
  [inspect.custom](): string {
    return 'LocalAgent';
  }
}

/**
 * What docker-modem needs to reach the endpoint. Every option is named, if only as
 * undefined: docker-modem fills in what is missing from DOCKER_HOST and the like,
 * which have had their say when the endpoint was found.
 */
export async function modemOptions({ url, tls }: Endpoint) {
  const none = {
    socketPath: undefined,
    host: undefined,
    port: undefined,
    protocol: 'http' as const,
    username: undefined,
    ca: tls?.ca,
    cert: tls?.cert,
    key: tls?.key,
    agent: undefined,
    timeout: undefined,
  };
  const socketPath = /^(?:unix|npipe):\/\/(.+)$/.exec(url)?.[1];
  if (socketPath) return { ...none, socketPath, agent: new LocalAgent() };
  const { protocol, hostname, port } = new URL(url);
  // The connection is there already: the host is a name for HTTP only.
  if (protocol === 'ssh:') return { ...none, host: 'docker', agent: new SshAgent(url) };
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (tls === undefined && protocol !== 'https:') return { ...none, host, port };
  // Only here: it loads all of TLS.
  const { Agent } = await import('node:https');
  const agent = tls?.skipVerify
    ? new Agent({ keepAlive: true, rejectUnauthorized: false })
    : undefined;
  return { ...none, host, port, protocol: 'https' as const, agent };
}
