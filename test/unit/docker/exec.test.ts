import { Duplex, PassThrough } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { attach, capture, type InteractiveExecution } from '../../../src/docker/exec.js';
import type { Terminal } from '../../../src/docker/runtime.js';
import { frameBytes } from '../../support/frames.js';

const unaborted = () => new AbortController().signal;

/** A command whose exit code is null as often as told, then 3. */
function exitsAfter(polls: number) {
  let asked = 0;
  return async () => {
    asked += 1;
    return asked > polls ? 3 : null;
  };
}

describe('capture', () => {
  test('what a command prints, and its exit code', async () => {
    const stream = new PassThrough();
    stream.write(frameBytes(1, 'out'));
    stream.end(frameBytes(2, 'err'));
    const execution = { stream, tty: false, exitCode: exitsAfter(2) };
    const result = await capture(execution, unaborted());
    expect(result).toEqual({ exitCode: 3, stdout: 'out', stderr: 'err' });
  });

  test('ends with the command even if its output never does', async () => {
    const stream = new PassThrough();
    stream.write(frameBytes(1, 'out'));
    const execution = { stream, tty: false, exitCode: exitsAfter(1) };
    const result = await capture(execution, unaborted());
    expect(result).toEqual({ exitCode: 3, stdout: 'out', stderr: '' });
    expect(stream.destroyed).toBe(true);
  });

  test('rejects when the output breaks off', async () => {
    const stream = new PassThrough();
    const execution = { stream, tty: false, exitCode: async () => null };
    const result = capture(execution, unaborted());
    stream.destroy(new Error('socket hang up'));
    await expect(result).rejects.toThrow('socket hang up');
  });

  test('rejects when the output is not in frames', async () => {
    const stream = new PassThrough();
    stream.end('no frames at all');
    const execution = { stream, tty: false, exitCode: async () => null };
    await expect(capture(execution, unaborted())).rejects.toThrow('not in frames');
  });
});

/** A user's terminal that remembers what was done to it. */
function terminal() {
  const modes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isRaw: false,
    setRawMode: (raw: boolean) => modes.push(raw),
  });
  const stdout = Object.assign(new PassThrough(), { rows: 24, columns: 80 });
  const stderr = new PassThrough();
  return { modes, stdin, stdout, stderr, all: { stdin, stdout, stderr } as unknown as Terminal };
}

/** A command that answers its input's end with what it was told, and then exits with 3. */
function echo(tty: boolean) {
  const sizes: [number, number][] = [];
  let heard = '';
  let exitCode: number | null = null;
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      heard += chunk.toString();
      done();
    },
    final(done) {
      const text = `heard ${heard}`;
      this.push(tty ? text : frameBytes(2, text));
      this.push(null);
      exitCode = 3;
      done();
    },
  });
  const resize = async (rows: number, columns: number) => sizes.push([rows, columns]);
  const execution: InteractiveExecution = { stream, tty, exitCode: async () => exitCode, resize };
  return { sizes, execution };
}

describe('attach', () => {
  test('pipes', async () => {
    const user = terminal();
    user.stdin.end('hello');
    expect(await attach(echo(false).execution, user.all, unaborted())).toBe(3);
    expect(user.stderr.read()?.toString()).toBe('heard hello');
    expect(user.modes).toEqual([]);
  });

  test('a terminal, raw for as long as it lasts and of the right size', async () => {
    const user = terminal();
    const { execution, sizes } = echo(true);
    const exited = attach(execution, user.all, unaborted());
    user.stdout.rows = 50;
    user.stdout.emit('resize');
    expect(user.modes).toEqual([true]);
    user.stdin.end('hi');
    expect(await exited).toBe(3);
    expect(user.stdout.read()?.toString()).toBe('heard hi');
    expect(user.modes.at(-1)).toBe(false);
    expect(sizes).toEqual([
      [24, 80],
      [50, 80],
    ]);
    expect(user.stdout.listenerCount('resize')).toBe(0);
  });

  test('restores the terminal the moment the signal aborts', async () => {
    const user = terminal();
    const stop = new AbortController();
    const exited = attach(echo(true).execution, user.all, stop.signal);
    const rejected = expect(exited).rejects.toThrow();
    stop.abort(new Error('stop'));
    expect(user.modes.at(-1)).toBe(false);
    await rejected;
  });

  test('restores the terminal when the connection breaks', async () => {
    const user = terminal();
    const { execution } = echo(true);
    const exited = attach(execution, user.all, unaborted());
    execution.stream.destroy(new Error('reset'));
    await expect(exited).rejects.toThrow('reset');
    expect(user.modes.at(-1)).toBe(false);
  });

  test('ends when nobody reads the output any more', async () => {
    const user = terminal();
    user.stdout.on('error', () => {});
    const { execution } = echo(true);
    const exited = attach(execution, user.all, unaborted());
    user.stdout.destroy();
    execution.stream.push('more');
    expect(await exited).toBe(141);
    expect(execution.stream.destroyed).toBe(true);
  });

  test('tries again to resize a terminal that is not there yet', async () => {
    const user = terminal();
    const { execution } = echo(true);
    let attempts = 0;
    const resize = async () => {
      attempts += 1;
      if (attempts < 3) throw new Error('no such process');
    };
    const exited = attach({ ...execution, resize }, user.all, unaborted());
    await vi.waitFor(() => expect(attempts).toBe(3));
    user.stdin.end();
    await exited;
    expect(attempts).toBe(3);
  });
});
