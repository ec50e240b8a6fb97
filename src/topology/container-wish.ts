/** What is wanted of the containers, whatever runs in them: limits, restarts, published address. */

import type { Problem } from '../errors.js';
import { isLoopback } from './loopback.js';
import type { Present } from './present.js';
import { topologySchema } from './schema.js';
import { given, readSetting, type Spoken } from './settings.js';
import { type ContainerWish, UNLIMITED } from './topology.js';
import type { TopologyWish } from './topology-data.js';

export interface ContainerWishes extends Spoken {
  readonly file: { readonly name: string; readonly wish: TopologyWish };
}

const UNITS: Readonly<Record<string, number>> = { kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30 };

const fields = topologySchema.shape;

export interface ContainersThere {
  readonly present: Present | null;
  /** Whether the servers ask for a password. */
  readonly secured: boolean;
}

/** What isn't said stays as it is. What is wrong goes to `problems`. */
export function resolveContainers(
  wishes: ContainerWishes,
  { present, secured }: ContainersThere,
  problems: Problem[],
): ContainerWish {
  const { wish, name: fileName } = wishes.file;
  const restart = readSetting(wishes, 'restart', fields.restart, problems) ?? wish.restart;
  const memory = readSetting(wishes, 'memory', fields.memory, problems) ?? wish.memory;
  const cpus = readSetting(wishes, 'cpus', fields.cpus, problems) ?? wish.cpus;
  const bind = readSetting(wishes, 'bind', fields.bind, problems) ?? wish.bind;
  if (bind !== undefined && !isLoopback(bind) && !secured && !wishes.flags.insecure) {
    const place = given(wishes, 'bind')?.place ?? { source: fileName };
    problems.push({
      ...place,
      message: openMessage(bind),
      about: { code: 'open-to-others', bind },
    });
  }
  const kept = present?.containers ?? UNLIMITED;
  return {
    restart: restart ?? kept.restart,
    memoryBytes: memory === undefined ? kept.memoryBytes : sizeBytes(memory),
    cpus: cpus ?? kept.cpus,
    bind: bind ?? kept.bind,
  };
}

const openMessage = (bind: string): string =>
  `on ${bind} other machines reach the servers, which ask for no password: anyone there could read, write and reconfigure them`;

/** `256mb` in bytes. The text is as the schema wants it. */
export function sizeBytes(text: string): number {
  const [, count, unit = ''] = /^(\d+)([kmg]b)$/.exec(text.toLowerCase()) ?? [];
  return Number(count) * (UNITS[unit] ?? Number.NaN);
}
