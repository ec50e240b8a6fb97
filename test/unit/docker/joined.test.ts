import { Duplex, PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { unframed } from '../../../src/docker/joined.js';
import { frameBytes } from '../../support/frames.js';

/** The engine's end: what it sends, and what it was sent. */
function joined() {
  const [out, input] = [new PassThrough(), new PassThrough()];
  const closed: string[] = [];
  const stream = unframed(Duplex.from({ readable: out, writable: input }), 'run sh', async () => {
    closed.push('closed');
  });
  const failed = new Promise<Error>((resolve) => stream.once('error', resolve));
  return { out, input, stream, closed, failed };
}

test('passes on what the command prints and what it is sent', async () => {
  const { out, input, stream } = joined();
  out.write(frameBytes(1, '+PO'));
  out.write(frameBytes(1, 'NG\r\n'));
  stream.write('PING\r\n');
  expect(await firstOf(input, 6)).toBe('PING\r\n');
  expect(await firstOf(stream, 7)).toBe('+PONG\r\n');
});

test('ends with what the command printed as errors, and is cleared away', async () => {
  const { out, failed, closed } = joined();
  out.write(frameBytes(2, 'Bad file format\n'));
  out.end();
  expect((await failed).message).toBe('run sh: it ended: Bad file format');
  expect(closed).toEqual(['closed']);
});

test('ends if what comes is in no frames', async () => {
  const { out, failed, closed } = joined();
  out.write('HTTP/1.1 500 nonsense');
  expect((await failed).message).toContain('not in frames');
  expect(closed).toEqual(['closed']);
});

test('whoever closes it closes the engine’s end too', async () => {
  const { input, stream, closed } = joined();
  stream.destroy();
  await text(input).catch(() => {});
  expect(closed).toEqual(['closed']);
});

const firstOf = (stream: Duplex, bytes: number): Promise<string> =>
  new Promise((resolve) => {
    let got = '';
    stream.on('data', (chunk) => {
      got += chunk;
      if (got.length >= bytes) resolve(got);
    });
  });
