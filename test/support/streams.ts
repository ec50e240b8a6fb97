/** Streams that keep what is written to them. */
import { Readable, Writable } from 'node:stream';

export interface Captured extends NodeJS.WriteStream {
  readonly text: string;
}

export function captured(isTTY = false): Captured {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  const text = { get: () => chunks.join('') };
  return Object.defineProperties(stream, { text, isTTY: { value: isTTY } }) as Captured;
}

export const noInput = (): NodeJS.ReadStream => Readable.from([]) as NodeJS.ReadStream;
