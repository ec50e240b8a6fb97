import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { startProgram } from '../../../src/program/child.js';

/** A program whose outputs are passed on, to one that reads them. */
async function passedOn(script: string, reader: readonly [string, ...string[]]) {
  const [name, ...args] = reader;
  const sink = spawn(name, args);
  const read = text(sink.stdout);
  const program = await startProgram({
    ...{ command: ['sh', '-c', script], env: process.env, cwd: '/' },
    io: { stdin: process.stdin, stdout: sink.stdin.on('error', () => {}), stderr: process.stderr },
    onOutput: () => {},
  });
  const ended = program.ended.then((it) => {
    sink.stdin.end();
    return it;
  });
  return { program, ended, read, sink };
}

it('ends when nobody reads what it prints any more', async () => {
  const { ended } = await passedOn('exec yes', ['head', '-1']);
  expect(await ended).toEqual({ exitCode: 141, signal: 'SIGPIPE' });
});

it('is not waited for when others that it has started hold its outputs open', async () => {
  const { ended, read } = await passedOn('sleep 60 & echo "$!"; exit 3', ['cat']);
  expect(await ended).toEqual({ exitCode: 3, signal: null });
  process.kill(Number(await read));
});

it('is passed on to the last byte, also to one that reads later', async () => {
  const { ended, read, sink } = await passedOn('head -c 5000000 /dev/zero; echo end', [
    ...(['sh', '-c', 'sleep 1; cat'] as const),
  ]);
  expect(await ended).toMatchObject({ exitCode: 0 });
  expect(await read).toHaveLength(5_000_004);
  await once(sink, 'close');
});
