/** A `bringUp` on a fake engine with fake servers, and what it said. */

import { randomUUID } from 'node:crypto';
import { noteText } from '../../src/cli/hints/index.js';
import type { KnownOwners } from '../../src/docker/known-owners.js';
import { type BringUp, bringUp } from '../../src/execute/bring-up.js';
import type { RunEvent } from '../../src/execute/world.js';
import { Deadline } from '../../src/redis/wait.js';
import type { Topology } from '../../src/topology/topology.js';
import { FakeServers } from './fake-redis.js';
import { FakeRuntime } from './fake-runtime.js';
import { topology } from './topologies.js';

/** Nothing is known from earlier runs. */
export const UNKNOWN_OWNERS: KnownOwners = { of: (_, ask) => ask() };

type RunOptions = Partial<BringUp> & { readonly topology?: Topology };

export class FakeRun {
  readonly runtime = new FakeRuntime();
  readonly servers = new FakeServers(this.runtime);
  readonly events: RunEvent[] = [];

  start({ topology: wanted = topology(), ...options }: RunOptions = {}) {
    return bringUp({
      id: randomUUID(),
      wish: { name: wanted.name, dir: wanted.dir, resolve: () => wanted },
      deadline: new Deadline(5000),
      signal: new AbortController().signal,
      connectRuntime: async () => this.runtime,
      connect: this.servers.connect,
      owners: UNKNOWN_OWNERS,
      emit: (event) => this.events.push(event),
      retain: false,
      ...options,
    });
  }

  /** As the CLI tells them. */
  get notes(): string[] {
    return this.events.flatMap((event) => (event.type === 'note' ? [noteText(event)] : []));
  }
}

/** What a promise is rejected with; fails if it is not. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was expected to be rejected');
}
