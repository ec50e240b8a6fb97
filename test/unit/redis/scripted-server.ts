import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';

/** What a server does with the n-th piece of data that reaches it, on any connection. */
export type Act = (socket: Socket) => void;

export const reply = (text: string) => (socket: Socket) => void socket.write(text);
export const finish = (socket: Socket) => void socket.end();
export const reset = (socket: Socket) => void socket.resetAndDestroy();
export const hang = () => {};

/** A TCP server that plays a script and keeps all it was sent. */
export class ScriptedServer {
  readonly received: string[] = [];
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(script: Act[]) {
    this.#server = createServer((socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('data', (data) => {
        this.received.push(data.toString());
        script.shift()?.(socket);
      });
    });
  }

  static async listen(...script: Act[]): Promise<ScriptedServer> {
    const server = new ScriptedServer(script);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get open(): number {
    return this.#sockets.size;
  }

  /** Ends every open connection from the server's side. */
  cut(): void {
    for (const socket of this.#sockets) socket.end();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
