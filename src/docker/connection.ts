import { Agent as HttpsAgent } from 'node:https';
import type { Endpoint } from './endpoint.js';
import { SshAgent } from './ssh.js';

/**
 * What docker-modem needs to reach the endpoint. Every option is named, if only as
 * undefined: docker-modem fills in what is missing from DOCKER_HOST and its kin,
 * which have had their say when the endpoint was found.
 */
export function modemOptions({ url, tls }: Endpoint) {
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
  if (socketPath) return { ...none, socketPath };
  const { protocol, hostname, port } = new URL(url);
  // The connection is there already: the host is a name for HTTP only.
  if (protocol === 'ssh:') return { ...none, host: 'docker', agent: new SshAgent(url) };
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (tls === undefined && protocol !== 'https:') return { ...none, host, port };
  const agent = tls?.skipVerify
    ? new HttpsAgent({ keepAlive: true, rejectUnauthorized: false })
    : undefined;
  return { ...none, host, port, protocol: 'https' as const, agent };
}
