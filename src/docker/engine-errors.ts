/**
 * What the engine and the way to it say when something fails, in rrepl's errors. The
 * engine has no error codes beyond HTTP's: whatever has to be told from its words
 * is told here and nowhere else.
 */

import { EngineError, RreplError } from '../errors.js';
import type { Endpoint } from './endpoint.js';
import { PortTakenError } from './runtime.js';

/** The engine answered, and its answer was no. */
export class Refusal extends Error {
  /** The HTTP status; 200 where the answer began well. */
  readonly status: number;

  /** @param words the engine's own */
  constructor(words: string, status = 200, cause?: unknown) {
    super(words, { cause });
    this.name = 'Refusal';
    this.status = status;
  }
}

/** The engine's refusal, if this error (of docker-modem, or ours) is one. */
export function asRefusal(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  if (!(error instanceof Error && 'statusCode' in error)) return null;
  const status = Number(error.statusCode);
  // docker-modem writes `(HTTP code 404) REASON - WORDS `, and keeps REASON beside it.
  const reason = 'reason' in error && error.reason ? String(error.reason) : 'unexpected';
  const prefix = `(HTTP code ${status}) ${reason} - `;
  const { message } = error;
  const words = message.startsWith(prefix) ? message.slice(prefix.length) : message;
  const said = words.trim() || `HTTP status ${status} and not a word; is this a Docker engine?`;
  return new Refusal(said, status, error);
}

export type Refused = (refusal: Refusal) => boolean;

/** Refusals that mean: it is so already. */
export const already = {
  started: ({ status }) => status === 304,
  stopped: ({ status }) => status === 304,
  paused: ({ message }) => /is already paused/i.test(message),
  unpaused: ({ message }) => /is not paused/i.test(message),
  /** The thing itself, or a container's tie to a network. */
  gone: ({ status, message }) => status === 404 || /is not connected to/i.test(message),
} satisfies Record<string, Refused>;

export const isBeingRemoved: Refused = ({ status, message }) =>
  status === 409 && /removal of container .* is already in progress/i.test(message);

/** What is read lies in a container that is on its way out; a file that was never there is a 404. */
export const isVanishing: Refused = ({ status, message }) =>
  status === 500 && /error processing tar file: .*no such file or directory/i.test(message);

/**
 * The error that tells the user what went wrong.
 * @param what what was tried, to follow "cannot": `start container rrepl-demo-redis-1`
 * @returns the error itself if it is one of rrepl's, or none that the engine or the way to it causes
 */
export function translate(error: unknown, what: string, endpoint: Endpoint): unknown {
  if (error instanceof RreplError) return error;
  const refusal = asRefusal(error);
  if (refusal) return refused(refusal, what);
  return error instanceof Error && isConnectionError(error)
    ? unreachable(error, what, endpoint)
    : error;
}

function refused(refusal: Refusal, what: string): EngineError {
  const message = `cannot ${what}: ${refusal.message}`;
  const port = takenPort(refusal.message);
  if (port !== null) return new PortTakenError(port, message, { cause: refusal });
  const code = CODES.find(([words]) => words.test(refusal.message))?.[1];
  return new EngineError(message, { ...(code && { about: { code } }), cause: refusal });
}

/** The first that matches the engine's words says what they are about. */
const CODES = [
  [/no such image/i, 'no-image'],
  [/no such host|dial tcp|i\/o timeout|TLS handshake/i, 'registry-unreachable'],
  [
    /access denied|unauthorized|authentication required|manifest .*(not found|unknown)/i,
    'image-denied',
  ],
  [/container name .* is already in use|network with name .* already exists/i, 'name-taken'],
  [/HTTP request to an HTTPS server/i, 'engine-wants-tls'],
  [/pool overlaps|overlapping IPv4|subnet .* is (already|being) used/i, 'subnet-taken'],
] as const;

/** Docker's own words, Docker Desktop's, and Podman's. */
const PORT_TAKEN = /port is already allocated|address already in use|ports are not available/i;
const BIND_ADDRESS =
  /(?:bind for|listen tcp[46]?|bind host port(?: for)?|exposing port tcp) \S*?:(\d+)(?=[\s/:]|$)/i;

function takenPort(words: string): number | null {
  const port = PORT_TAKEN.test(words) ? BIND_ADDRESS.exec(words)?.[1] : undefined;
  return port === undefined ? null : Number(port);
}

/** Node's network and TLS errors carry a `code`, as an `SshError` does. */
const isConnectionError = (error: Error) => 'code' in error && typeof error.code === 'string';

/** Where several addresses were tried, Node has words for each and none for the whole. */
function wordsOf(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message;
  return error.errors.map((each: Error) => each.message).join(', ');
}

function unreachable(error: Error, what: string, { url, source }: Endpoint): EngineError {
  const reason = 'code' in error ? String(error.code) : '';
  const place = `the Docker engine at ${url} (from ${source})`;
  return new EngineError(`cannot ${what}: ${place} can't be reached: ${wordsOf(error)}`, {
    about: { code: 'engine-unreachable', reason },
    cause: error,
  });
}
