/** A client with one connection that it keeps: by CLIENT ID it sees whether the server has closed it. */
import { FailedError } from '../../errors.js';
import { type RedisNode, ReplyError } from '../../redis/node.js';
import type { Claim } from '../claim.js';
import type { Step } from '../drill.js';

export type Meets = 'a closed connection' | 'READONLY' | 'OK';

export class StaleClient {
  readonly #server: string;
  #connection: RedisNode | null = null;
  #id: unknown = null;

  constructor(server: string) {
    this.#server = server;
  }

  get connect(): Step {
    return {
      kind: 'write',
      says: `a client connects to ${this.#server} and stays`,
      nodes: [this.#server],
      run: async (stage) => {
        const connection = stage.live.connect(this.#server);
        stage.atEnd(connection.close);
        this.#id = await connection.call('CLIENT', 'ID');
        this.#connection = connection;
      },
    };
  }

  /** What its next write meets. */
  meets(is: Meets, because: string): Claim {
    const about = `the next write of the client that stayed with ${this.#server} meets`;
    return {
      node: this.#server,
      about,
      foresee: async () => ({ is: `${about} ${is}`, because }),
      look: async () => ({ is: `${about} ${await this.#write()}` }),
    };
  }

  async #write(): Promise<Meets> {
    const connection = this.#connection;
    if (connection === null) throw new FailedError('the client has not connected');
    // A connection that was closed is opened again by the next command, under another id.
    const id = await connection.call('CLIENT', 'ID').catch(() => null);
    if (id !== this.#id) return 'a closed connection';
    try {
      await connection.call('SET', 'stale', '1');
      return 'OK';
    } catch (error) {
      if (error instanceof ReplyError && error.replyCode === 'READONLY') return 'READONLY';
      throw error;
    }
  }
}
