import { expect, it } from 'vitest';
import { applySalvage } from '../../../src/operations/salvage.js';
import { type Salvage, salvageText } from '../../../src/stream/salvage-file.js';
import { rejection, UNKNOWN_OWNERS } from '../../support/run.js';

const SALVAGE: Salvage = {
  ...{ topology: 'shop', node: 'redis-1', master: 'redis-2', source: 'stream' },
  ...{ id: 'a'.repeat(40), masterId: 'b'.repeat(40), cut: 10, end: 20, missingBytes: 0 },
  ...{ writes: 0, at: '2026-01-01T00:00:00.000Z', lines: [] },
};

/** Tells which topology would be touched. */
const apply = (topology?: string) => {
  const refuse = () => Promise.reject(new Error('the engine was asked'));
  const engine = {
    connectRuntime: refuse,
    loadRedis: refuse,
    owners: UNKNOWN_OWNERS,
    caller: 'a test',
  };
  return rejection(
    applySalvage(engine, {
      topology,
      text: [...salvageText(SALVAGE)].join(''),
      file: 'salvage.jsonl',
    }),
  );
};

it('puts nothing into a topology that the file is not of', async () => {
  expect(await apply('other')).toMatchObject({
    code: 'usage',
    message: 'salvage.jsonl holds writes of topology shop, and not of other',
  });
});

it.each([undefined, 'shop'])('goes to its own, named as %s', async (topology) => {
  expect((await apply(topology)).message).toBe('the engine was asked');
});
