import { Agent } from 'node:https';
import { userInfo } from 'node:os';
import type { Endpoint } from './endpoint.js';

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
  if (socketPath) return { ...none, socketPath, protocol: 'http' as const };
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
