import { expect, test } from 'vitest';
import { element, listKey } from '../../../src/drills/elements.js';
import { testify } from '../../../src/drills/witness.js';
import { lostWrites, StreamHistory } from '../../../src/stream/history.js';
import { encodeCommand } from '../../../src/stream/wire.js';
import { history, type Row } from '../../support/ledgers.js';

const ID = 'a'.repeat(40);

/** What one writer did, and which of it the stream had beyond the cut. */
function hear(rows: readonly Row[], seen: readonly number[]) {
  const { ledger, presence } = history([rows]);
  const stream = new StreamHistory({ node: 'redis-1', id: ID, next: 1, db: 0 }, 1e6);
  for (const sequence of seen)
    stream.add(encodeCommand(['RPUSH', listKey('run', 0), element(1, 0, sequence)]));
  stream.add(encodeCommand(['SET', 'of-others', 'x']));
  const lost = lostWrites([stream], { id: ID, offset: 0 });
  return testify(ledger, presence, { stream: lost, run: 'run', seed: 1, deathMs: 100 });
}

const KEPT: Row = ['acknowledged', 1];
const LOST: Row = ['acknowledged', 0];

test.each<[string, Row[], number[], object]>([
  ['they agree', [KEPT, LOST, LOST], [1, 2], { lost: 2, lastEventLoop: 0, defects: [] }],
  ['the last one never left', [KEPT, LOST, LOST], [1], { lost: 1, lastEventLoop: 1, defects: [] }],
  ['one that was not answered is lost', [KEPT, ['unknown', 0]], [1], { lost: 1, defects: [] }],
  ['the survivor answered later', [KEPT, ['acknowledged', 0, 200]], [], { lastEventLoop: 0 }],
  [
    'one before the last is not in the stream',
    [KEPT, LOST, LOST],
    [2],
    { defects: [expect.stringContaining('1 write acknowledged and lost, and not in the stream')] },
  ],
  [
    'more than the last never left',
    [KEPT, LOST, LOST, LOST],
    [1],
    { defects: [expect.stringContaining('1 write acknowledged and lost, and not in the stream')] },
  ],
  [
    'the survivor has one beyond the cut',
    [KEPT, KEPT],
    [1],
    { defects: [expect.stringContaining('1 write beyond the cut by the stream')] },
  ],
])('%s', (_, rows, seen, found) => {
  expect(hear(rows, seen)).toMatchObject(found);
});
