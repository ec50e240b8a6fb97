import { describe, expect, it } from 'vitest';
import { differenceOf, readExamples, shapeOf } from '../support/examples.js';

const DOCUMENT = `
# Title

\`\`\`console
$ rrepl up
default is up (1.4 s)

NODE     URL
redis-1  redis://127.0.0.1:6381

$ rrepl down
…
\`\`\`

\`\`\`yaml bad.yaml
name: Demo
\`\`\`

\`\`\`
$ not run
\`\`\`
`;

describe('readExamples', () => {
  it('finds commands, what they print, and files', () => {
    const { files, examples } = readExamples(DOCUMENT);
    expect(examples.map(({ line, command }) => [line, command])).toEqual([
      [5, 'rrepl up'],
      [11, 'rrepl down'],
    ]);
    expect([...files]).toEqual([['bad.yaml', 'name: Demo\n']]);
  });

  it('wants a command first', () => {
    expect(() => readExamples('```console\nNODE\n```')).toThrow('line 2: no command: NODE');
  });
});

describe('differenceOf', () => {
  const [example = { expected: [] }] = readExamples(DOCUMENT).examples;
  const stderr = 'redis-1: started\ndefault is up (812 ms)\n';
  const stdout = '\nNODE       URL\nredis-1    redis://127.0.0.1:18002\n';

  it('is none in figures, ports and widths, and of progress', () => {
    expect(differenceOf(example, { stdout, stderr })).toBeNull();
  });

  it.each([
    ['a word', stdout.replace('URL', 'ADDRESS'), stderr, 'is not printed: NODE     URL'],
    ['a node', stdout.replace('redis-1', 'redis-2'), stderr, 'is not printed: redis-1'],
    ['a line too many', `${stdout}more`, stderr, 'is printed and not expected: more'],
    ['a line too few', 'NODE  URL\n', stderr, 'is not printed: redis-1'],
    ['a line on stderr', stdout, '', 'is not printed: default is up'],
    ['the order', 'redis-1  redis://127.0.0.1:1\nNODE  URL\n', stderr, 'is not printed: NODE'],
  ])('finds %s', (_, out, err, difference) => {
    expect(differenceOf(example, { stdout: out, stderr: err })).toContain(difference);
  });

  it('lets dots stand for lines, and for text within one', () => {
    const expected = ['first', '…', 'last of … kinds'];
    const all = { stdout: 'first\na\nb\nlast of many kinds\n', stderr: '' };
    expect(differenceOf({ expected }, all)).toBeNull();
    expect(differenceOf({ expected }, { ...all, stdout: 'first\na\n' })).toContain('last of');
    expect(differenceOf({ expected: ['first', '…'] }, all)).toBeNull();
  });
});

describe('shapeOf', () => {
  it.each([
    ['partial, 64.0 MB of room left', 'partial, # of room left'],
    ['redis-1  replica  271  0 B  full, 1.6 s ago', 'redis-1 replica # # full, # ago'],
    ['offset 87 of 212274f5, of 2026-11-26 07:25:25', 'offset # of ID, of DATE'],
    ['image redis:6.0 -> redis:7.0', 'image redis:6.0 -> redis:7.0'],
  ])('%s', (line, shape) => {
    expect(shapeOf(line)).toBe(shape);
  });
});
