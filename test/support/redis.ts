/** Servers asked by a client over their published ports: no code of rrepl's, and no process in a container. */
import { Redis } from 'ioredis';
import { engine } from './engine.js';

const TIMEOUT_MS = 60_000;
const REDIS = '6379/tcp';

/** As `redis-cli` prints it where nobody looks: a line a value. Null if nothing listens, or it wants TLS or a login. */
export async function askPort(
  container: string,
  [name, ...args]: readonly string[],
): Promise<string | null> {
  const port = await publishedPort(container);
  if (port === null || name === undefined) return null;
  const client = new Redis({
    host: '127.0.0.1',
    port,
    protocol: 2,
    lazyConnect: true,
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: TIMEOUT_MS,
  });
  client.on('error', () => {});
  try {
    if (!(await answers(client))) return null;
    return asLines(await client.call(name, ...args));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ReplyError') throw error;
    return error.message.startsWith('NOAUTH') ? null : error.message;
  } finally {
    client.disconnect();
  }
}

/** A server that wants TLS takes the connection, and closes it at the first command. */
const answers = (client: Redis): Promise<boolean> =>
  client
    .connect()
    .then(() => client.ping())
    .then(
      () => true,
      (error) => error.name === 'ReplyError',
    );

/** Null if it doesn't run. */
async function publishedPort(container: string): Promise<number | null> {
  const found = await engine
    .getContainer(container)
    .inspect()
    .catch(() => null);
  if (found === null || !found.State.Running || found.State.Paused) return null;
  const [published] = found.NetworkSettings.Ports[REDIS] ?? [];
  return published === undefined ? null : Number(published.HostPort);
}

const asLines = (reply: unknown): string =>
  Array.isArray(reply) ? reply.map(asLines).join('\n') : String(reply ?? '');
