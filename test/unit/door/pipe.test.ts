import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, it } from 'vitest';
import { openPipe } from '../../../src/door/pipe.js';
import { reset } from '../../../src/door/reset.js';
import { TrafficCounter } from '../../../src/door/traffic.js';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const it of open.splice(0)) it.close();
});

/** A server on this host, and the first connection to it. */
async function listening(): Promise<{ port: number; accepted: Promise<Socket> }> {
  const server: Server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  open.push(server);
  const accepted = once(server, 'connection').then(([socket]) => socket as Socket);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as { port: number }).port, accepted };
}

/** A client that reads nothing, joined to a server that has sent more than fits on the way. */
async function unread() {
  const [door, redis] = [await listening(), await listening()];
  const client = connect({ port: door.port, host: '127.0.0.1' }).on('error', () => {});
  open.push({ close: () => client.destroy() });
  client.pause();
  const atDoor = await door.accepted;
  atDoor.on('error', () => {});
  const traffic = new TrafficCounter({ clock: () => 0, readable: false, leads: 'master' });
  const target = { node: 'redis-1', host: '127.0.0.1', port: redis.port };
  const options = { readable: false, isLost: async () => true };
  const [pipe, server] = await Promise.all([
    openPipe(atDoor, target, traffic, options),
    redis.accepted,
  ]);
  server.on('error', () => {}).resume();
  const block = Buffer.alloc(1024 * 1024);
  while (atDoor.writableLength === 0) {
    server.write(block);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return pipe;
}

describe('a client that reads nothing', () => {
  it('is cut all the same, and its connection is closed', async () => {
    const pipe = await unread();
    pipe.cut();
    await pipe.closed;
  });
});

it('tells that a server answers as a replica', async () => {
  const [door, redis] = [await listening(), await listening()];
  const client = connect({ port: door.port, host: '127.0.0.1' }).on('error', () => {});
  open.push({ close: () => client.destroy() });
  const atDoor = await door.accepted;
  const traffic = new TrafficCounter({ clock: () => 0, readable: true, leads: 'master' });
  const target = { node: 'redis-1', host: '127.0.0.1', port: redis.port };
  const told = new Promise<void>((onReadOnly) => {
    const options = { readable: true, isLost: async () => true, onReadOnly };
    void openPipe(atDoor, target, traffic, options);
  });
  client.write('SET a 1\r\n');
  const server = await redis.accepted;
  server.on('error', () => {}).write("-READONLY You can't write against a read only replica.\r\n");
  await told;
});

it.each([0, 1, 2, 3])('closes a socket that was ended %i ticks before', async (ticks) => {
  const { port, accepted } = await listening();
  const client = connect({ port, host: '127.0.0.1' }).on('error', () => {});
  open.push({ close: () => client.destroy() });
  const socket = await accepted;
  const closed = once(socket, 'close');
  socket.end();
  for (let left = ticks; left > 0; left -= 1) {
    await new Promise<void>((resolve) => process.nextTick(resolve));
  }
  reset(socket);
  await closed;
});
