import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../src/docker/engine-errors.js';
import { type Frame, FrameDecoder, LogLines } from '../../../src/docker/log-frames.js';
import { EngineError } from '../../../src/errors.js';
import { chunked, frameBytes } from '../../support/frames.js';

const frames = fc.array(
  fc.record({
    stream: fc.constantFrom('stdout' as const, 'stderr' as const),
    data: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  }),
);
const cuts = fc.array(fc.nat({ max: 60 }), { minLength: 1 });

const encode = (all: readonly Frame[]) =>
  Buffer.concat(all.map(({ stream, data }) => frameBytes(stream === 'stdout' ? 1 : 2, data)));

test('the frames come out as they went in, however the bytes are cut', () => {
  fc.assert(
    fc.property(frames, cuts, (all, sizes) => {
      const decoder = new FrameDecoder();
      const decoded = chunked(encode(all), sizes).flatMap((chunk) => decoder.push(chunk));
      expect(decoded).toEqual(all);
    }),
  );
});

test('a hundred thousand tiny frames in one chunk', () => {
  const bytes = Buffer.concat(Array(100_000).fill(frameBytes(1, 'x')));
  expect(new FrameDecoder().push(bytes)).toHaveLength(100_000);
});

test("the engine's own error in the stream", () => {
  const push = () => new FrameDecoder().push(frameBytes(3, 'log driver failed'));
  expect(push).toThrow(Refusal);
  expect(push).toThrow('log driver failed');
});

test('bytes that are no frames', () => {
  expect(() => new FrameDecoder().push(Buffer.from('1:M 03 Jan ready\n'))).toThrow(EngineError);
});

describe('lines', () => {
  const read = (...chunks: Buffer[]) => {
    const lines = new LogLines();
    return [...chunks.flatMap((chunk) => lines.push(chunk)), ...lines.flush()];
  };

  test('across frames, with what stderr says in between kept apart', () => {
    const lines = read(
      frameBytes(1, 'one, '),
      frameBytes(2, 'error\n'),
      frameBytes(1, 'two\nthree'),
    );
    expect(lines).toEqual(['error', 'one, two', 'three']);
  });

  test('with empty ones, and without carriage returns', () => {
    expect(read(frameBytes(1, 'a\r\n\nb\r\n'))).toEqual(['a', '', 'b']);
  });

  test('of any text, however the bytes are cut', () => {
    const text = fc.array(
      fc.string({ unit: 'grapheme' }).map((line) => line.replace(/[\r\n]/g, '')),
    );
    fc.assert(
      fc.property(text, cuts, cuts, (all, frameSizes, chunkSizes) => {
        const bytes = Buffer.from(all.map((line) => `${line}\n`).join(''));
        const log = Buffer.concat(chunked(bytes, frameSizes).map((part) => frameBytes(1, part)));
        expect(read(...chunked(log, chunkSizes))).toEqual(all);
      }),
    );
  });
});
