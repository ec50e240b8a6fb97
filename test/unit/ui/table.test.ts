import { expect, test } from 'vitest';
import { coloursFor } from '../../../src/ui/colours.js';
import { markdownTable, table } from '../../../src/ui/table.js';

test('columns are as wide as their widest cell, and lines end where their text does', () => {
  expect(table(['A', 'NAME', 'X'], [['1', 'redis-10', ''], ['22', 'a', 'y'], ['3']])).toBe(
    ['A   NAME      X', '1   redis-10', '22  a         y', '3', ''].join('\n'),
  );
});

test('colours take no room', () => {
  const { red } = coloursFor({ isTTY: true }, {});
  const plain = table(
    ['A', 'B'],
    [
      ['down', 'x'],
      ['up', 'y'],
    ],
  );
  const coloured = table(
    ['A', 'B'],
    [
      [red('down'), 'x'],
      ['up', 'y'],
    ],
  );
  expect(coloured).toContain('\u001b[31mdown\u001b[39m  x');
  expect(coloured.replaceAll(red('down'), 'down')).toBe(plain);
});

test('a character is one column, however it is stored', () => {
  expect(
    table(
      ['A', 'B'],
      [
        ['😀', 'x'],
        ['ab', 'y'],
      ],
    ),
  ).toBe('A   B\n😀   x\nab  y\n');
});

test('no rows', () => {
  expect(table(['A', 'B'], [])).toBe('A  B\n');
});

test('a table to be pasted as Markdown', () => {
  expect(markdownTable(['setting', 'lost'], [['plain', '1,234'], ['WAIT 1']])).toBe(
    [
      '| setting | lost  |',
      '| ------- | ----- |',
      '| plain   | 1,234 |',
      '| WAIT 1  |       |',
      '',
    ].join('\n'),
  );
});

test('a row that is wider than the terminal goes on below, column by column', () => {
  const head = ['NODE', 'ROLE', 'URL'];
  const rows = [
    ['redis-1', 'master', 'redis://a'],
    ['redis-22', '-', 'redis://b'],
  ];
  expect(table(head, rows, 20)).toBe(
    [
      'NODE      ROLE',
      '  URL',
      'redis-1   master',
      '  redis://a',
      'redis-22  -',
      '  redis://b',
      '',
    ].join('\n'),
  );
  expect(table(head, rows, 27)).toBe(table(head, rows));
  expect(table(head, rows, 26)).not.toBe(table(head, rows));
});
