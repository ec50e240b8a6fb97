/** Every drill on real servers shows what it claims; and with its fault left out, it doesn't. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Drill } from '../../src/drills/drill.js';
import type { DrillReport } from '../../src/drills/drill-report.js';
import { DRILLS } from '../../src/drills/library/index.js';
import { docker, SECURITY_FLAGS } from '../support/docker.js';
import { run, start } from '../support/rrepl.js';
import { expectShape } from '../support/shapes.js';
import { playHere } from '../support/theatre.js';

/** Three at a time on a small machine. */
const DRILL_MS = 240_000;

const folder = mkdtempSync(join(tmpdir(), 'rrepl-drills-'));

afterAll(() => rm(folder, { recursive: true }));

/** What was there before belongs to other runs, perhaps to one that was killed. */
const before = new Set(await ofDrills());

async function ofDrills(): Promise<string[]> {
  const lists = [
    ['ps', '--all', '--format', '{{.Names}}'],
    ['network', 'ls', '--format', '{{.Name}}'],
    ['volume', 'ls', '--format', '{{.Name}}'],
  ];
  const found = await Promise.all(
    lists.map((list) => docker(...list, '--filter', 'name=rrepl-drill-')),
  );
  return found.flatMap((names) => names.split('\n')).filter(Boolean);
}

test.concurrent.for(DRILLS)(
  '$name shows what it claims',
  { timeout: DRILL_MS },
  async ({ name }) => {
    const files = { json: join(folder, `${name}.json`), junit: join(folder, `${name}.xml`) };
    const report = `json=${files.json},junit=${files.junit}`;
    const { exitCode, stdout, stderr } = await run(
      ['drill', 'run', name, '--report', report, ...SECURITY_FLAGS],
      { timeoutMs: DRILL_MS - 10_000 },
    );
    expect(exitCode, `${stderr}\n${stdout}`).toBe(0);
    const document = JSON.parse(readFileSync(files.json, 'utf8')) as { drills: DrillReport[] };
    expectShape('drill-run', document);
    expect(document.drills[0]).toMatchObject({ drill: name, verdict: 'pass' });
    expect(readFileSync(files.junit, 'utf8')).toContain('failures="0" errors="0"');
    expect(stdout).toMatch(new RegExp(`^PASS  ${name} `));
  },
);

test.concurrent.for(DRILLS)('$name does not pass if its fault is left out', async (drill) => {
  const report = await playHere(withoutFaults(drill));
  expect(report.verdict, JSON.stringify(report.acts, null, 2)).not.toBe('pass');
});

/** The first act that has any: one is enough to see that the checks look at what happened. */
function withoutFaults(drill: Drill): Drill {
  const act = drill.acts.find(({ steps }) => steps.some(({ kind }) => kind === 'fault'));
  if (act === undefined) throw new Error(`${drill.name} injects no fault`);
  return { ...drill, acts: [{ ...act, steps: act.steps.filter(({ kind }) => kind !== 'fault') }] };
}

test('an interrupted drill leaves nothing, and those before it are reported', async () => {
  const file = join(folder, 'interrupted.json');
  const drills = ['partition-short', 'partition-long'];
  const { child, ended, untilStderr } = start([
    'drill',
    'run',
    ...drills,
    '--report',
    `json=${file}`,
  ]);
  await untilStderr(/write 3,000 keys/);
  child.kill('SIGINT');
  const { exitCode, stdout, stderr } = await ended;
  expect(exitCode, stderr).toBe(130);
  expect(stdout).toMatch(/^1 of 2 drills showed what they claim; not played to the end: 1$/m);
  const document = JSON.parse(readFileSync(file, 'utf8'));
  expectShape('drill-run', document);
  expect(document).toMatchObject({ verdict: 'unknown', drills: [{ drill: 'partition-short' }] });
});

test('a drill whose output nobody reads any more leaves nothing', async () => {
  const { child, ended, untilStderr } = start(['drill', 'run', 'partition-long']);
  await untilStderr(/write 3,000 keys/);
  child.stdout?.destroy();
  child.stderr?.destroy();
  expect((await ended).exitCode).toBe(141);
});

test('nothing is left of them', async () => {
  const now = (await ofDrills()).filter((name) => !before.has(name));
  // Other files play drills too: theirs end, and what is left stays.
  const left = async () => {
    const there = new Set(await ofDrills());
    return now.filter((name) => there.has(name));
  };
  await expect.poll(left, { timeout: 100_000, interval: 1000 }).toEqual([]);
});

test('all drills are listed with their steps', async () => {
  const { stdout } = await run(['drill', 'list', '--json']);
  const list = JSON.parse(stdout) as { drills: { name: string }[] };
  expectShape('drill-list', list);
  expect(list.drills.map(({ name }) => name)).toEqual(DRILLS.map(({ name }) => name));
});

test('a name that is none is an error before anything is done', async () => {
  const { exitCode, stderr } = await run(['drill', 'run', 'partition-short', 'nonsense']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('there is no drill nonsense');
});
