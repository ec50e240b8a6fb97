/** What every call to an engine by way of dockerode needs. */
import type Dockerode from 'dockerode';
import type { Call } from '../call.js';
import type { Endpoint } from '../endpoint.js';
import type { EngineCalls } from '../engine-calls.js';

export interface Client {
  readonly docker: Dockerode;
  readonly place: Endpoint;
  /** When it aborts, calls under way and calls to come reject with its reason. */
  readonly signal: AbortSignal;
  readonly calls: EngineCalls;
}

export const abortedBy = ({ signal }: Call) => ({ abortSignal: signal });

/** For what dockerode has no abortable call: a request left behind keeps the process alive. */
export const get = <T>({ docker }: Client, path: string, call: Call, more = {}): Promise<T> =>
  new Promise((resolve, reject) => {
    const options = { method: 'GET', path, statusCodes: { 200: true }, ...abortedBy(call) };
    docker.modem.dial({ ...options, ...more }, (error, answer) =>
      error ? reject(error) : resolve(answer as T),
    );
  });
