import { describe, expect, it } from 'vitest';
import { bufferLimit, overflows } from '../../../src/psync/buffer.js';
import type { ServerFacts } from '../../../src/redis/info.js';

const server = (product: ServerFacts['product'], version: string): ServerFacts => ({
  product,
  version,
  runId: 'r',
  uptimeSeconds: 1,
  loading: false,
});

const OLD = server('redis', '6.0.16');
const NEW = server('redis', '7.0.15');
const VALKEY = server('valkey', '8.1.1');

const limits = (hard: number, name = 'slave') =>
  `normal 0 0 0 ${name} ${hard} 67108864 60 pubsub 33554432 8388608 60`;

describe("how far a replica's buffer may grow", () => {
  it.each([
    ['6.0: the hard limit', OLD, limits(2_000_000), 5_000_000, 2_000_000],
    ['7.0: at least the backlog', NEW, limits(2_000_000), 5_000_000, 5_000_000],
    ['7.0: the hard limit, if it is larger', NEW, limits(2_000_000), 1_000_000, 2_000_000],
    ['valkey: as 7.0', VALKEY, limits(2_000_000), 5_000_000, 5_000_000],
    ['by its newer name', OLD, limits(2_000_000, 'replica'), 1, 2_000_000],
    ['6.0: 0 is no limit', OLD, limits(0), 5_000_000, Number.POSITIVE_INFINITY],
    ['7.0: 0 is no limit', NEW, limits(0), 5_000_000, Number.POSITIVE_INFINITY],
    ['no such class', OLD, '', 5_000_000, Number.POSITIVE_INFINITY],
  ])('%s', (_, facts, text, backlog, bytes) => {
    expect(bufferLimit(facts, text, backlog)).toBe(bytes);
  });
});

describe('whether a full resync ends with the link closed', () => {
  const onDisk = { writtenMeanwhile: 3_000_000, diskless: false, ownChannel: '' };
  const diskless = { ...onDisk, diskless: true };

  it.each([
    ['more than the limit is written', onDisk, 2_000_000, true],
    ['as much as the limit', onDisk, 3_000_000, false],
    ['no limit', onDisk, Number.POSITIVE_INFINITY, false],
    ['diskless, on the same channel', diskless, 2_000_000, true],
    ['diskless, a channel of its own that is off', { ...diskless, ownChannel: 'no' }, 2e6, true],
    ['diskless, a channel of its own', { ...diskless, ownChannel: 'yes' }, 2e6, false],
    ['that channel is for diskless copies only', { ...onDisk, ownChannel: 'yes' }, 2e6, true],
  ])('%s', (_, copy, limit, closed) => {
    expect(overflows(copy, limit)).toBe(closed);
  });
});
