import { expect, test } from 'vitest';
import { element } from '../../../src/drills/elements.js';
import { Ledger } from '../../../src/drills/ledger.js';
import { historyLines } from '../../../src/report/history.js';

const SEED = 3;

test('every write is a line of JSON, writer after writer', () => {
  const ledger = new Ledger(2);
  ledger.complete(1, ledger.invoke(1, 0.5), 'refused', 1.25);
  ledger.complete(0, ledger.invoke(0, 2), 'acknowledged', 3);
  ledger.complete(0, ledger.invoke(0, 4), 'unconfirmed', 5);
  ledger.invoke(0, 6);
  const lines = [...historyLines(ledger, SEED)];
  expect(
    lines.every((line) => line.endsWith('}\n') && line.indexOf('\n') === line.length - 1),
  ).toBe(true);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      writer: 0,
      sequence: 0,
      value: element(SEED, 0, 0),
      invokedMs: 2,
      completedMs: 3,
      outcome: 'acknowledged',
    },
    {
      writer: 0,
      sequence: 1,
      value: element(SEED, 0, 1),
      invokedMs: 4,
      completedMs: 5,
      outcome: 'unconfirmed',
    },
    {
      writer: 0,
      sequence: 2,
      value: element(SEED, 0, 2),
      invokedMs: 6,
      // JSON has no Infinity: no outcome was ever known.
      completedMs: null,
      outcome: 'unknown',
    },
    {
      writer: 1,
      sequence: 0,
      value: element(SEED, 1, 0),
      invokedMs: 0.5,
      completedMs: 1.25,
      outcome: 'refused',
    },
  ]);
});

test('no write is made a line before it is asked for', () => {
  const ledger = new Ledger(1);
  const lines = historyLines(ledger, SEED);
  ledger.invoke(0, 1);
  expect(JSON.parse(lines.next().value ?? '')).toMatchObject({ sequence: 0 });
  expect(lines.next().done).toBe(true);
});

test('no writes, no lines', () => {
  expect([...historyLines(new Ledger(4), SEED)]).toEqual([]);
});
