/** Drills of the user's own: the one that docs/drills.md shows, and files that are wrong. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { run, start } from '../support/rrepl.js';
import { expectShape } from '../support/shapes.js';

const folder = mkdtempSync(join(tmpdir(), 'rrepl-own-'));
afterAll(() => rm(folder, { recursive: true }));

function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function shown(): string {
  const page = readFileSync(new URL('../../docs/drills.md', import.meta.url), 'utf8');
  const [, code] = /```js my-drill\.mjs\n(.*?)```/s.exec(page) ?? [];
  if (code === undefined) throw new Error('docs/drills.md shows no drill');
  return code;
}

test('the drill of docs/drills.md has 25 lines and shows what it claims', async () => {
  expect(shown().trimEnd().split('\n')).toHaveLength(25);
  const file = written('my-drill.mjs', shown());
  const { exitCode, stdout, stderr } = await run(['drill', 'run', file, '--json'], {
    timeoutMs: 120_000,
  });
  expect(exitCode, stderr).toBe(0);
  const report = JSON.parse(stdout);
  expectShape('drill-run', report);
  expect(report).toMatchObject({ verdict: 'pass', drills: [{ drill: 'missed-2mb' }] });
  const kinds = report.drills[0].acts.map(({ foreseen }: { foreseen: { seen: string }[] }) =>
    foreseen[0]?.seen.replace(/:.*/, ''),
  );
  expect(kinds).toEqual(['full', 'partial']);
});

test('without its fault it fails', async () => {
  const file = written('no-cut.mjs', shown().replace(/^ *cut\(replica\),\n/m, ''));
  const { exitCode, stdout } = await run(['drill', 'run', file], { timeoutMs: 120_000 });
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^FAIL {2}missed-2mb/);
});

const OWN_STEPS = `
  import { defineDrill } from 'rrepl';
  const run = (does) => ({ kind: 'check', says: 'is it so?', run: does });
  const act = (title, does) => ({ title, topology: { replicas: 1 }, steps: () => [run(does)] });
  export default defineDrill({ name: 'own-steps', claim: 'It is.', acts: [
    act('throws', async () => { throw new TypeError('mine'); }),
    act('says no', async () => false),
    act('says yes', async () => true),
  ] });
`;

test('steps of its own decide by what they resolve with, and fail their act if they throw', async () => {
  const file = written('own-steps.mjs', OWN_STEPS);
  const { exitCode, stdout, stderr } = await run(['drill', 'run', file, '--json']);
  expect(exitCode, stderr).toBe(1);
  const report = JSON.parse(stdout);
  expectShape('drill-run', report);
  const checks = report.drills[0].acts.map((it: { checks: unknown[] }) => it.checks);
  expect(checks).toMatchObject([
    [
      {
        verdict: 'fail',
        seen: expect.stringMatching(/^TypeError: mine \(file:.*own-steps\.mjs:6:/),
      },
    ],
    [{ verdict: 'fail', seen: 'false' }],
    [{ verdict: 'pass', seen: 'true' }],
  ]);
});

test('a step that never ends keeps nobody who interrupts it', async () => {
  const never = OWN_STEPS.replace('async () => false', '() => new Promise(() => {})');
  const { child, ended, untilStderr } = start(['drill', 'run', written('never.mjs', never)]);
  await untilStderr(/own-steps: says no[\s\S]*is it so\?/);
  child.kill('SIGTERM');
  const { exitCode, stderr } = await ended;
  expect(exitCode, stderr).toBe(143);
  expect(stderr).not.toContain('left behind');
});

const TWO_WRONG = `
  import { cut, defineDrill } from 'rrepl';
  const acts = [
    { title: 'a', topology: { replica: 1 }, steps: () => [] },
    { title: 'b', steps: ({ replicas }) => [cut(replicas[7])] },
  ];
  export default [{ name: 'One', claim: 'It is.', acts }, { name: 'two', claim: '', acts: [] }];
`;

test.each<[string, string | null, number, RegExp[]]>([
  ['is not there', null, 2, [/can't be loaded: there is no such file/]],
  ['throws', "throw new Error('not today');", 2, [/can't be loaded: not today/]],
  ['says where it throws', "\nthrow new Error('boom');", 2, [/can't be loaded: boom \(line 2\)/]],
  ['is no JavaScript', 'const a = (;', 2, [/Unexpected token ';' \(`node --check .*wrong\.mjs`/]],
  ['ends the process', 'process.exit(0);', 2, [/the file of the drill ended the process/]],
  ['is never loaded', 'await new Promise(() => {});', 2, [/it was not loaded after 10\.0 s/]],
  ['holds no drill', 'export default [];', 3, [/the default export must be a drill/]],
  ['exports nothing', 'export const drill = 1;', 3, [/the default export must be a drill/]],
  [
    'has several mistakes',
    TWO_WRONG,
    3,
    [
      /drill One: name must be/,
      /act "a": topology\.replica: "replica" is no key here/,
      /act "b": step "cut off the replication network: undefined": there is no node undefined \(redis-1, redis-2, redis-3\)/,
      /act "b": it checks nothing/,
      /drill two: claim must be a sentence/,
      /drill two: acts must be a list that holds an act/,
    ],
  ],
])('a file that %s is refused before anything is made', async (_, text, code, complaints) => {
  const file = text === null ? join(folder, 'none.mjs') : written('wrong.mjs', text);
  const { exitCode, stdout, stderr } = await run(['drill', 'run', file]);
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: code, stdout: '' });
  for (const complaint of complaints) expect(stderr).toMatch(complaint);
});
