/** Below the command line nothing speaks of its flags: a program that calls the library types none. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FLAGS } from '../../src/cli/flags.js';

/** The command line itself: its flags, what it shows, and where it begins. */
const TYPED = /^(cli|ui)\/|^main\.ts$|^topology\/flags\.ts$/;
/** Options of redis-server, redis-cli and docker have names of flags. */
const OF_OTHERS: readonly string[] = [
  'docker/ssh.ts',
  'failover/lone-server.ts',
  'live/dial.ts',
  'live/reference-settings.ts',
];

const src = new URL('../../src/', import.meta.url).pathname;
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((it) =>
  it.endsWith('.ts'),
);

const flag = new RegExp(`--(${Object.keys(FLAGS).join('|')})(?![\\w-])`);

/** Lines of code, not of comments, that name a flag. */
const spoken = (text: string): string[] =>
  text.split('\n').filter((line) => !/^\s*(\*|\/\*|\/\/)/.test(line) && flag.test(line));

test('a flag in a message is found, and one in a comment is none', () => {
  expect(spoken("const a = 'say --memory 1gb';\n/** `--memory` */\n// --dir\n")).toHaveLength(1);
  expect(spoken(readFileSync(join(src, 'topology/flags.ts'), 'utf8'))).not.toEqual([]);
});

test('no file below the command line names one', () => {
  const below = files.filter((it) => !TYPED.test(it) && !OF_OTHERS.includes(it));
  expect(below.length).toBeGreaterThan(300);
  const found = below.flatMap((it) =>
    spoken(readFileSync(join(src, it), 'utf8')).map((line) => `${it}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
