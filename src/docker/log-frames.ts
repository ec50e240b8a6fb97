/**
 * The engine's multiplexed streams (logs and commands without a terminal): frames of
 * an 8-byte header (stream, three zero bytes, length as 32 bits big-endian) and data.
 * Docker Engine API, "Attach to a container", section "Stream format"; stream 3 carries
 * an error of the engine itself (moby, `pkg/stdcopy`).
 */

import { EngineError } from '../errors.js';
import { Refusal } from './engine-errors.js';
import { LineSplitter } from './lines.js';

export interface Frame {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Buffer;
}

const HEADER_BYTES = 8;
const STDERR = 2;
const ENGINE_ERROR = 3;

/** Takes frames out of a stream of bytes, wherever its chunks happen to end. */
export class FrameDecoder {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that this chunk completes. Throws an `EngineError` if these are no frames, the engine's `Refusal` if it sent one. */
  push(chunk: Buffer): Frame[] {
    const bytes = Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const end = at + HEADER_BYTES + bytes.readUInt32BE(at + 4);
      const type = streamType(bytes, at);
      if (bytes.length < end) break;
      frames.push(toFrame(type, bytes.subarray(at + HEADER_BYTES, end)));
      at = end;
    }
    this.#rest = bytes.subarray(at);
    return frames;
  }
}

function streamType(bytes: Buffer, at: number): number {
  const type = bytes.readUInt8(at);
  if (type > ENGINE_ERROR || bytes.readUIntBE(at + 1, 3) !== 0) {
    throw new EngineError('the engine sent output that is not in frames', {
      about: { code: 'engine-output' },
    });
  }
  return type;
}

function toFrame(type: number, data: Buffer): Frame {
  if (type === ENGINE_ERROR) throw new Refusal(data.toString('utf8'));
  return { stream: type === STDERR ? 'stderr' : 'stdout', data };
}

/** Cuts a multiplexed log into lines; what goes to stdout and stderr stays apart until its line ends. */
export class LogLines {
  readonly #frames = new FrameDecoder();
  readonly #splitters = { stdout: new LineSplitter(), stderr: new LineSplitter() };

  push(chunk: Buffer): string[] {
    return this.#frames
      .push(chunk)
      .flatMap(({ stream, data }) => this.#splitters[stream].push(data));
  }

  flush(): string[] {
    return [...this.#splitters.stdout.flush(), ...this.#splitters.stderr.flush()];
  }
}
