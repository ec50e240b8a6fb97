/** Clients by name, each with connections of its own, and what they say and hear as rows of a timeline. */
import type { RedisNode } from '../../redis/node.js';
import type { Step } from '../drill.js';
import type { Stage } from '../stage.js';

export interface Line {
  readonly client: string;
  readonly node: string;
  readonly command: string;
  readonly reply: string;
}

/** Adds to the timeline that the report shows as a table. */
export function tell(stage: Stage, { client, node, command, reply }: Line): void {
  const time = `${Math.round(stage.timeline.clock())} ms`;
  stage.rows.push({ time, client, node, command, reply });
}

export class Clients {
  readonly #open = new Map<string, RedisNode>();

  /** `shown` stands for the command in the timeline, where that says more. */
  async say(
    stage: Stage,
    { client, node, shown }: { client: string; node: string; shown?: string },
    command: string,
    ...args: (string | number)[]
  ): Promise<unknown> {
    const reply = await this.#connection(stage, client, node).call(command, ...args);
    const text = shown ?? [command, ...args].join(' ');
    tell(stage, { client, node, command: text, reply: reply === null ? '(nil)' : String(reply) });
    return reply;
  }

  /** One for each client and node: WAIT speaks of the writes of its own connection only. */
  #connection(stage: Stage, client: string, node: string): RedisNode {
    const name = `${client} to ${node}`;
    const open = this.#open.get(name);
    if (open !== undefined) return open;
    const connection = stage.live.connect(node);
    stage.atEnd(connection.close);
    this.#open.set(name, connection);
    return connection;
  }
}

/** The step, with a line in the timeline. */
export const told = (it: Step): Step => ({
  ...it,
  run: async (stage) => {
    await it.run(stage);
    tell(stage, { client: '', node: '', command: `(${it.says})`, reply: '' });
  },
});
