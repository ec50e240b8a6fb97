/** A command that runs in a container of its own, joined to its input and output. */
import { Duplex } from 'node:stream';
import { EngineError } from '../errors.js';
import { FrameDecoder } from './log-frames.js';

const MOST_WORDS = 4096;

/**
 * A command's input and output as one stream. It ends with an error that has the last that the command
 * printed as errors.
 * @param onClose what is to be done once it is over, whoever ended it
 */
export function unframed(joined: Duplex, what: string, onClose: () => Promise<void>): Duplex {
  const decoder = new FrameDecoder();
  let words = '';
  const stream = new Duplex({
    read: () => void joined.resume(),
    write: (chunk, _, done) => void joined.write(chunk, done),
    destroy: (error, done) => {
      joined.destroy();
      onClose().then(
        () => done(error),
        (trouble) => done(error ?? trouble),
      );
    },
  });
  const take = (chunk: Buffer) => {
    for (const frame of decoder.push(chunk)) {
      if (frame.stream === 'stderr') words = `${words}${frame.data}`.slice(-MOST_WORDS);
      else if (!stream.push(frame.data)) joined.pause();
    }
  };
  const ended = () => stream.destroy(new EngineError(`${what}: it ended: ${words.trim()}`));
  joined.on('data', (chunk: Buffer) => {
    try {
      take(chunk);
    } catch (error) {
      stream.destroy(error as Error);
    }
  });
  joined.on('error', (error) => stream.destroy(error));
  joined.on('end', ended);
  joined.on('close', ended);
  return stream;
}
