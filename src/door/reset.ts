import type { Socket } from 'node:net';

/**
 * Ends a connection so that its client learns it at once. A socket whose end is under way can't be
 * reset (libuv's `uv_tcp_close_reset` refuses): Node would never close it, and the process would
 * spin at its exit for ever.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
