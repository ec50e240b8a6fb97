import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RespReader } from '../../../src/door/resp.js';
import { WriteAccount } from '../../../src/door/write-account.js';
import { WriteBalance } from '../../../src/door/write-balance.js';
import { hashOf } from '../../../src/door/write-words.js';
import { encodeCommand } from '../../../src/stream/wire.js';

/** A master behind the door: what clients ask it, what it answers, what its stream tells. */
class Master {
  readonly balance = new WriteBalance();
  /** One that asks and hears by the door. */
  client() {
    const account = new WriteAccount(this.balance);
    const reader = new RespReader(true, ({ words, hashes }) => account.sent(words, hashes), true);
    return {
      ask: (...words: string[]) => reader.read(encodeCommand(words)),
      inline: (text: string) => reader.read(Buffer.from(`${text}\r\n`)),
      hear: (line: string) => account.answered(line),
    };
  }

  stream(name: string, ...args: string[]) {
    this.balance.streamed({ name, hashes: args.map((it) => hashOf(Buffer.from(it))) });
  }
}

const EXACT = { writes: [], unsure: null };

describe('what a dead master has acknowledged', () => {
  it('is all in its stream, or it is named', () => {
    const master = new Master();
    const client = master.client();
    for (const number of ['1', '2', '3']) {
      client.ask('RPUSH', 'orders', number);
      client.hear(`:${number}`);
    }
    master.stream('RPUSH', 'orders', '1');
    master.stream('RPUSH', 'orders', '2');
    const last = { command: 'RPUSH', key: 'orders' };
    expect(master.balance.untold()).toEqual({ writes: [last], unsure: null });
    master.stream('RPUSH', 'orders', '3');
    expect(master.balance.untold()).toEqual(EXACT);
  });

  it.each([
    [['SET', 'a', '1', 'EX', '9'], '+OK', ['SET', 'a', '1', 'PXAT', '99']],
    [['setex', 'a', '9', '1'], '+OK', ['SET', 'a', '1', 'PXAT', '99']],
    [['GETSET', 'a', '1'], '$-1', ['SET', 'a', '1']],
    [['SET', 'a', '1', 'NX'], '$-1', null],
    [['SADD', 'a', '1'], ':0', null],
    [['LPOP', 'a'], '$-1', null],
    [['LPOP', 'a'], '$1', ['LPOP', 'a']],
    [['HSET', 'a', 'b', 'c'], ':0', ['HSET', 'a', 'b', 'c']],
    [['SET', 'a', '1'], '-READONLY no', null],
    [['GET', 'a'], '$1', null],
  ])('%j, answered %s, stands in the stream as %j', (asked, line, streamed) => {
    const master = new Master();
    const client = master.client();
    client.ask(...asked);
    client.hear(line);
    if (streamed !== null) {
      expect(master.balance.untold().writes).toHaveLength(1);
      const [name = '', ...args] = streamed;
      master.stream(name, ...args);
    }
    expect(master.balance.untold()).toEqual(EXACT);
  });

  it.each([
    [
      'a script',
      (it: Master) => {
        const c = it.client();
        c.ask('EVAL', 'x', '0');
        c.hear(':1');
      },
    ],
    [
      'a transaction',
      (it: Master) => {
        const c = it.client();
        c.ask('MULTI');
        c.hear('+OK');
      },
    ],
    [
      'an inline command',
      (it: Master) => {
        const c = it.client();
        c.inline('SET a 1');
        c.hear('+OK');
      },
    ],
    [
      'a time that may be over',
      (it: Master) => {
        const c = it.client();
        c.ask('SET', 'a', '1', 'PXAT', '1');
        c.hear('+OK');
      },
    ],
    ['somebody else, not by the door', (it: Master) => it.stream('SET', 'a', '1')],
  ])('may be more than is seen after %s', (_, happens) => {
    const master = new Master();
    happens(master);
    expect(master.balance.untold().unsure).not.toBeNull();
  });

  it('is known in spite of what one connection was not answered, and not of two', () => {
    const master = new Master();
    const [one, other] = [master.client(), master.client()];
    one.ask('INCR', 'n');
    one.hear(':1');
    one.ask('INCR', 'n');
    expect(master.balance.untold().writes).toHaveLength(1);
    master.stream('INCR', 'n');
    expect(master.balance.untold()).toEqual(EXACT);
    other.ask('INCR', 'n');
    other.hear(':2');
    // Whether the one in the stream is the one that was answered, nobody knows.
    master.stream('INCR', 'n');
    expect(master.balance.untold().unsure).toContain('INCR of n was under way on several');
  });

  it('is counted whatever pieces it comes in, and its keys are never values', () => {
    const words = ['SET', 'k'.repeat(40), 'secret'];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), (size) => {
        const seen: unknown[] = [];
        const reader = new RespReader(true, (it) => seen.push([it.words, it.hashes]), true);
        const bytes = Buffer.concat([encodeCommand(words), encodeCommand(words)]);
        for (let at = 0; at < bytes.length; at += size) reader.read(bytes.subarray(at, at + size));
        const hashes = words.slice(1).map((it) => hashOf(Buffer.from(it)));
        expect(seen).toEqual([
          [['SET', ''], hashes],
          [['SET', ''], hashes],
        ]);
      }),
    );
  });

  /** Any load of several connections on few keys, cut off at any moment: what it says must be true. */
  it('is never said to be exact, and wrong', () => {
    const action = fc.record({ client: fc.nat(2), value: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), fc.nat(), fc.nat(), (actions, end, told) => {
        const master = new Master();
        const clients = [master.client(), master.client(), master.client()];
        const done: { client: number; value: number }[] = [];
        for (const it of actions) {
          clients[it.client]?.ask('RPUSH', 'list', String(it.value));
          done.push(it);
        }
        // Executed in this order; the answers of each connection come in its order, to some point.
        const executed = done.slice(0, end % (done.length + 1));
        const answers = executed.filter((_, at) => (at * 7 + told) % 5 !== 0);
        const silent = new Set<number>();
        let acknowledged = 0;
        const inStream = executed.slice(0, told % (executed.length + 1));
        let untold = 0;
        for (const [at, it] of executed.entries()) {
          if (!answers.includes(it)) silent.add(it.client);
          if (silent.has(it.client)) continue;
          clients[it.client]?.hear(':1');
          acknowledged += 1;
          if (at >= inStream.length) untold += 1;
        }
        for (const { value } of inStream) master.stream('RPUSH', 'list', String(value));
        const { writes, unsure } = master.balance.untold();
        expect(writes.length).toBeLessThanOrEqual(untold);
        if (unsure === null) expect(writes.length, `${acknowledged} answered`).toBe(untold);
      }),
      { numRuns: 2000 },
    );
  });
});
