import { Agent as PlainAgent } from 'node:http';
import { Agent } from 'node:https';
import { userInfo } from 'node:os';
import { inspect } from 'node:util';
import type { Endpoint } from './endpoint.js';

/** Longer than a command is busy with other things, shorter than anyone waits before closing it. */
const IDLE_MS = 5000;

/** For a socket on this machine: connections are used again, and keep no process alive. */
class LocalAgent extends PlainAgent {
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
 * undefined: docker-modem fills in what is missing from DOCKER_HOST and its kin,
 * which have had their say when the endpoint was found.
 */
export function modemOptions({ url, tls, sshAgent }: Endpoint) {
  const none = {
    socketPath: undefined,
    host: undefined,
    port: undefined,
    protocol: undefined,
    username: undefined,
    ca: tls?.ca,
    cert: tls?.cert,
    key: tls?.key,
    agent: tls?.skipVerify ? new Agent({ keepAlive: true, rejectUnauthorized: false }) : undefined,
    timeout: undefined,
  };
  const socketPath = /^(?:unix|npipe):\/\/(.+)$/.exec(url)?.[1];
  if (socketPath)
    return { ...none, socketPath, protocol: 'http' as const, agent: new LocalAgent() };
  const { protocol, hostname, port, username } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (protocol !== 'ssh:') {
    const secure = tls !== undefined || protocol === 'https:';
    return { ...none, host, port, protocol: secure ? ('https' as const) : ('http' as const) };
  }
  return {
    ...none,
    host,
    port,
    protocol: 'ssh' as const,
    username: username || userInfo().username,
    sshOptions: { ...(sshAgent && { agent: sshAgent }) },
  };
}
