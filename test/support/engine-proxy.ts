/** The engine's socket with trouble in front of it: a proxy that fails requests on purpose. */
import { mkdtemp, rm } from 'node:fs/promises';
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * `close`: the connection is closed before the engine hears of the request; `lose`: after the
 * engine has done as asked; `cut`: in the middle of its answer. `hang`: there is no answer.
 */
export type Trouble = 'close' | 'lose' | 'cut' | 'hang';

export interface Disturbance {
  readonly trouble: Trouble;
  /** Number of the request, from 1. */
  readonly at: number;
  /** That one only, or all that follow as well. */
  readonly lasting: boolean;
}

export const ENGINE_SOCKET =
  /^unix:\/\/(.+)$/.exec(process.env.DOCKER_HOST ?? '')?.[1] ?? '/var/run/docker.sock';

export class EngineProxy {
  /** `POST /containers/create`, without queries, in the order they came. */
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly #folder: string;
  #disturbance: Disturbance | null = null;

  static async start(): Promise<EngineProxy> {
    const proxy = new EngineProxy(await mkdtemp(join(tmpdir(), 'rrepl-proxy-')));
    await new Promise<void>((resolve) => proxy.#server.listen(proxy.#socket, resolve));
    return proxy;
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.#server = createServer((asked, answer) => this.#handle(asked, answer));
  }

  get #socket(): string {
    return join(this.#folder, 'engine.sock');
  }

  /** For `--host`. */
  get endpoint(): string {
    return `unix://${this.#socket}`;
  }

  /** Counts anew. */
  disturb(disturbance: Disturbance | null): void {
    this.requests.length = 0;
    this.#disturbance = disturbance;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#folder, { recursive: true });
  }

  #handle(asked: IncomingMessage, answer: ServerResponse): void {
    const number = this.requests.push(`${asked.method} ${asked.url?.split('?')[0]}`);
    const { trouble, at = 0, lasting } = this.#disturbance ?? {};
    const now = trouble !== undefined && (number === at || (lasting && number > at));
    if (now && trouble === 'hang') return;
    if (now && trouble === 'close') asked.socket.destroy();
    else forward(asked, answer, now ? trouble : undefined);
  }
}

function forward(asked: IncomingMessage, answer: ServerResponse, trouble?: Trouble): void {
  const { method, url, headers } = asked;
  const onward = request({ socketPath: ENGINE_SOCKET, method, path: url, headers }, (from) => {
    if (trouble === 'lose') {
      from.resume().once('end', () => asked.socket.destroy());
      return;
    }
    answer.writeHead(from.statusCode ?? 500, from.headers);
    if (trouble === undefined) from.pipe(answer);
    else {
      answer.write('{');
      setTimeout(() => asked.socket.destroy(), 20);
    }
  });
  onward.once('error', () => asked.socket.destroy());
  asked.pipe(onward);
}
