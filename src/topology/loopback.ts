import { isIPv6 } from 'node:net';

/** A host name or an address under which nobody but this machine is reached. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+)$/.test(host) || (isIPv6(host) && /^[0:]+:0*1$/.test(host));
