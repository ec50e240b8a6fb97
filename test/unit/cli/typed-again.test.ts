import { expect, test } from 'vitest';
import { withTyped } from '../../../src/cli/typed-again.js';

test.each<[typed: string[], text: string, expected: string]>([
  [['heal', '--name', 'shop'], '`rrepl status` shows it', '`rrepl status --name shop` shows it'],
  [['heal', '--name=shop'], '`rrepl up`', '`rrepl up --name shop`'],
  [['down', '-f', 'my shop.yaml'], '`rrepl up`', "`rrepl up --file 'my shop.yaml'`"],
  [['up', '--dir', './d', '--name', 'a'], '`rrepl up --name b`', '`rrepl up --name b --dir ./d`'],
  [
    ['heal', '--host', 'unix:///x'],
    '`rrepl logs redis-1`',
    '`rrepl logs redis-1 --host unix:///x`',
  ],
  [
    ['stop', 'redis-1', '--name', 'shop'],
    '`rrepl cli redis-1 -- SAVE` saves it',
    '`rrepl cli redis-1 --name shop -- SAVE` saves it',
  ],
  [['drill', '--name', 'a'], '`rrepl cli -- BGSAVE`', '`rrepl cli --name a -- BGSAVE`'],
])('%j: %s', (argv, text, expected) => {
  expect(withTyped(text, argv)).toBe(expected);
});

test.each<[typed: string[], text: string]>([
  [['heal'], '`rrepl status` shows it'],
  [['heal', '--name', 'shop'], '`rrepl ls` lists them, `docker ps` too'],
  [['logs', '-F', '--name', 'shop'], '`rrepl up --name shop`'],
  [['cli', '--', '--name', 'no'], '`rrepl up`'],
  [['up', '--file', 'a'], 'see `rrepl up --help`'],
  [['up', '--name', 'a\x00b'], '`rrepl up`'],
])('nothing to add: %j: %s', (argv, text) => {
  expect(withTyped(text, argv)).toBe(text);
});
