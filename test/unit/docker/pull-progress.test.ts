import { expect, test } from 'vitest';
import { Refusal } from '../../../src/docker/engine-errors.js';
import { readPull } from '../../../src/docker/pull-progress.js';
import { chunked } from '../../support/frames.js';

async function pull(messages: readonly object[], sizes = [1_000]): Promise<string[]> {
  const shown: string[] = [];
  const text = messages.map((message) => `${JSON.stringify(message)}\r\n`).join('');
  async function* answer() {
    yield* chunked(Buffer.from(text), sizes);
  }
  await readPull(answer(), (progress) => shown.push(progress));
  return shown;
}

const layer = (id: string, status: string, current?: number, total?: number) => ({
  id,
  status,
  progressDetail: current === undefined ? {} : { current, total },
});

const PULL = [
  { status: 'Pulling from library/redis', id: '6.0' },
  layer('a', 'Already exists'),
  layer('b', 'Pulling fs layer'),
  layer('b', 'Waiting'),
  layer('b', 'Downloading', 25, 100),
  layer('b', 'Downloading', 50, 100),
  layer('b', 'Verifying Checksum'),
  layer('b', 'Download complete'),
  layer('b', 'Extracting', 10, 100),
  layer('b', 'Pull complete'),
  { status: 'Digest: sha256:1234' },
  { status: 'Status: Downloaded newer image for redis:6.0' },
];

const SHOWN = [
  '1/1 layers, 100%',
  '1/2 layers, 50%',
  '1/2 layers, 62%',
  '1/2 layers, 75%',
  '1/2 layers, 100%',
  '2/2 layers, 100%',
];

test('says how far it has come, once each', async () => {
  expect(await pull(PULL)).toEqual(SHOWN);
});

test('however the answer is cut', async () => {
  expect(await pull(PULL, [1, 7, 64, 3])).toEqual(SHOWN);
});

test('an error in the answer is an error', async () => {
  const error = { errorDetail: { message: 'no space left' }, error: 'no space left' };
  await expect(pull([layer('a', 'Pulling fs layer'), error])).rejects.toThrow(
    new Refusal('no space left'),
  );
});

test('so is one in the last line without its end', async () => {
  async function* answer() {
    yield Buffer.from('{"error":"denied"}');
  }
  await expect(readPull(answer(), () => {})).rejects.toThrow('denied');
});
