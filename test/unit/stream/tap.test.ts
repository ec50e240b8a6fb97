import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseInfo } from '../../../src/redis/info.js';
import { parseReplication, TAP_NAME } from '../../../src/redis/replication-info.js';
import { databaseAfter } from '../../../src/stream/attach.js';
import { StreamDecoder } from '../../../src/stream/decoder.js';
import { placeToBegin } from '../../../src/stream/drain.js';
import { lostWrites, StreamHistory } from '../../../src/stream/history.js';
import { encodeCommand } from '../../../src/stream/wire.js';
import { writtenKeys } from '../../../src/stream/written-keys.js';
import { ID, info } from '../../support/fake-redis.js';

const OTHER = 'b'.repeat(40);
const stream = (...lines: string[]) =>
  Buffer.concat(lines.map((line) => encodeCommand(line.split(' '))));
const told = (writes: Iterable<{ db: number | null; command: string; keys: readonly Buffer[] }>) =>
  [...writes].map(({ db, command, keys }) => `${db} ${command} ${keys.join(',')}`);

describe('a decoder', () => {
  it('tells each write with its place, database and transaction', () => {
    const commands = ['PING', 'select 1', 'set a 1', 'MULTI', 'DEL a b', 'EXEC', 'incr c'];
    const data = stream(...commands);
    const found = new StreamDecoder(101).push(data);
    expect(told(found)).toEqual(['1 SET a', '1 DEL a,b', '1 INCR c']);
    const multi = 101 + stream(...commands.slice(0, 3)).length;
    expect(found.map((it) => it.transaction)).toEqual([null, multi, null]);
    expect(found.at(-1)?.offset).toBe(100 + data.length);
    expect(found[0]?.begin).toBe(101 + stream('PING', 'select 1').length);
  });

  it('knows no database before the stream says it', () => {
    const [first, second] = new StreamDecoder(1).push(stream('SET a 1', 'SELECT 3', 'SET a 1'));
    expect([first?.db, second?.db]).toEqual([null, 3]);
  });

  it('throws for what is no stream', () => {
    expect(() => new StreamDecoder(1).push(Buffer.from('+OK\r\n'))).toThrow('offset 1');
  });

  test('the pieces in which it comes make no difference', () => {
    const word = fc.constantFrom('SET', '*1\r\n$4\r\nPING\r\n', 'x'.repeat(3000), '', '\r\n');
    const commands = fc.array(fc.array(word, { minLength: 1, maxLength: 4 }), { minLength: 1 });
    fc.assert(
      fc.property(commands, fc.array(fc.integer({ min: 1, max: 2000 })), (all, sizes) => {
        const data = Buffer.concat(all.map((it) => encodeCommand(it)));
        const decoder = new StreamDecoder(1);
        const found = [];
        let at = 0;
        for (const size of [...sizes, data.length]) {
          if (at < data.length) found.push(...decoder.push(data.subarray(at, at + size)));
          at += size;
        }
        expect(found).toEqual(new StreamDecoder(1).push(data));
      }),
    );
  });
});

describe('the database at a place', () => {
  const before = stream('SET a 1', 'SET b 1');
  const [first = 0, next] = [stream('SET a 1').length, 1000];
  const at = (offset: number, id = ID) =>
    databaseAfter(before, { id: ID, next }, [{ id, offset, db: 2 }]);

  it('is that of the last SELECT, or else of a replica since which none came', () => {
    expect(at(next - 1)).toBe(2);
    expect(at(next - 1 - before.length)).toBe(2);
    expect(
      databaseAfter(stream('SELECT 5', 'SET a 1'), { id: ID, next }, [
        { id: ID, offset: next - 1, db: 2 },
      ]),
    ).toBe(5);
  });

  it('is unknown where a SELECT may have come since, or the replica has another stream', () => {
    expect(at(next - 2 - before.length)).toBe(null);
    expect(at(next)).toBe(null);
    expect(at(next - 1, OTHER)).toBe(null);
    // The first command is not whole: it may be a SELECT.
    const cut = before.subarray(3);
    const seen = (offset: number) =>
      databaseAfter(cut, { id: ID, next }, [{ id: ID, offset, db: 2 }]);
    expect(seen(next - cut.length)).toBe(null);
    expect(seen(next - 1 - (before.length - first))).toBe(2);
    expect(databaseAfter(Buffer.alloc(0), { id: ID, next }, [{ id: ID, offset: 999, db: 2 }])).toBe(
      2,
    );
  });
});

test.each([
  ['SET a 1', 'a'],
  ['DEL a b c', 'a,b,c'],
  ['MSET a 1 b 2', 'a,b'],
  ['RENAME a b', 'a,b'],
  ['COPY a b', 'b'],
  ['ZUNIONSTORE d 2 a b', 'd'],
  ['BITOP AND d a b', 'd'],
  ['XGROUP CREATE s g $', 's'],
  ['SORT a BY w STORE d', 'd'],
  ['GEORADIUS a 1 1 1 m STOREDIST d', 'd'],
  ['PUBLISH channel x', ''],
  ['FLUSHALL', ''],
])('%s writes %s', (line, keys) => {
  const [name = '', ...args] = line.split(' ');
  expect(
    writtenKeys(
      name,
      args.map((it) => Buffer.from(it)),
    ).join(','),
  ).toBe(keys);
});

describe('a history', () => {
  const open = (most = 1000, id = ID) =>
    new StreamHistory({ node: 'redis-1', id, next: 101, db: null }, most);

  it('tells what lies beyond an offset', () => {
    const history = open();
    history.add(stream('SELECT 0', 'SET a 1', 'SET b 1'));
    const cut = 100 + stream('SELECT 0', 'SET a 1').length;
    expect(told(history.writesAfter(cut))).toEqual(['0 SET b']);
    expect(history.end).toBe(cut + stream('SET b 1').length);
  });

  it('drops the oldest, but not which database it is in', () => {
    const history = open(60);
    for (const line of ['SELECT 2', 'SET a 1', 'SET b 1', 'SET c 1']) history.add(stream(line));
    expect(told(history.writesAfter(0))).toEqual(['2 SET b', '2 SET c']);
    expect(history.begin).toBe(100 + stream('SELECT 2', 'SET a 1').length);
  });

  it('says how much beyond the cut it has not seen', () => {
    const [first, second] = [open(), open(60)];
    first.add(stream('SELECT 0', 'SET a 1'));
    for (const line of ['SELECT 0', 'SET a 1', 'SET b 1', 'SET c 1']) second.add(stream(line));
    const cut = { id: ID, offset: 100 };
    expect(lostWrites([first], cut)).toMatchObject({ missingBytes: 0, writes: [{}] });
    expect(lostWrites([second], cut).missingBytes).toBe(second.begin - 100);
    // Two taps of one stream that overlap are told once.
    expect(told(lostWrites([first, second], cut).writes)).toEqual([
      '0 SET a',
      '0 SET b',
      '0 SET c',
    ]);
    expect(lostWrites([first], { ...cut, id: OTHER }).writes).toEqual([]);
  });
});

describe('the place to begin', () => {
  const server = (wish: Parameters<typeof info>[0]) => parseReplication(parseInfo(info(wish)));
  const at = (
    wish: Parameters<typeof info>[0],
    known: { id: string; next: number }[],
    change: object = {},
  ) => {
    const replication = { ...server(wish), ...change };
    const backlog = { ...replication.backlog, active: true, firstByteOffset: 11, length: 190 };
    return placeToBegin({ ...replication, backlog: { ...backlog, size: 1000, ...change } }, known);
  };

  it('is now for a stream that nobody knows', () => {
    expect(at({ offset: 200 }, [])).toEqual({ next: 201, skippedBytes: 0 });
    expect(at({ offset: 200 }, [{ id: OTHER, next: 50 }])).toEqual({ next: 201, skippedBytes: 0 });
  });

  it('is where the same stream ended', () => {
    expect(at({ offset: 200 }, [{ id: ID, next: 50 }])).toEqual({ next: 50, skippedBytes: 0 });
  });

  it('is at most where a new master left its former stream', () => {
    const promoted = { secondId: OTHER, secondOffset: 121 };
    const from = (next: number) => at({ offset: 200 }, [{ id: OTHER, next }], promoted);
    expect(from(50)).toEqual({ next: 50, skippedBytes: 0 });
    expect(from(150)).toEqual({ next: 121, skippedBytes: 0 });
  });

  it('is now where the backlog has gone on, and says what was skipped', () => {
    const full = { size: 160, length: 160, firstByteOffset: 41 };
    // A sixteenth may be gone before it is asked for.
    const from = (next: number) => {
      const { backlog, ...rest } = server({ offset: 200 });
      return placeToBegin({ ...rest, backlog: { ...backlog, ...full } }, [{ id: ID, next }]);
    };
    expect(from(51)).toEqual({ next: 51, skippedBytes: 0 });
    expect(from(50)).toEqual({ next: 201, skippedBytes: 151 });
  });
});

test('the database before a place is that of the last SELECT', () => {
  const before = stream('SELECT 7', 'SET a 1', 'SELECT 3', 'SET a 1');
  expect(databaseAfter(before.subarray(5))).toBe(3);
  expect(databaseAfter(stream('SET a 1').subarray(2))).toBeNull();
});

test('a tap is nobody’s replica', () => {
  const replicas = (address: string) =>
    parseReplication(
      parseInfo(`${info({})}\r\nslave9:ip=${address},port=0,state=online,offset=0,lag=1\r\n`),
    ).replicas.length;
  expect([replicas('10.0.0.9'), replicas(TAP_NAME)]).toEqual([1, 0]);
});
