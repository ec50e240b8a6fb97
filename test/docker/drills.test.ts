/** Every drill on real servers shows what it claims; and with its fault left out, it doesn't. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Act } from '../../src/drills/drill.js';
import type { DrillReport } from '../../src/drills/drill-report.js';
import { DRILLS } from '../../src/drills/library/index.js';
import { docker, SECURITY_FLAGS } from '../support/docker.js';
import { Rehearsal, wishOf } from '../support/rehearsal.js';
import { run, start } from '../support/rrepl.js';
import { expectShape } from '../support/shapes.js';

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

/** By drill and act: the check that fails first where nothing is broken. */
const DECIDING: Readonly<Record<string, readonly string[]>> = {
  'runtime-replicaof': ['rule', 'masters'],
  'restart-replica': ['gone', 'gone', 'gone', 'gone'],
  'partition-short': ['oracle'],
  'partition-long': ['rule'],
  'shared-bgsave': ['rule', 'rule'],
  'restart-master': ['old-data', 'old-data', 'old-data', 'old-data'],
  'empty-master': ['old-data', 'old-data', 'gone'],
  'pause-master': ['silence', 'silence', 'silence'],
  'split-brain': ['masters', 'masters'],
  'slow-replica': ['oracle', 'oracle'],
  'disk-full': ['oracle', 'oracle'],
  'lock-loss': ['rule', 'rule'],
  oversell: ['rule'],
  'stale-read': ['load', 'oracle'],
  failover: ['gone', 'gone', 'oracle'],
  'no-quorum': ['gone'],
  'quorum-is-not-majority': ['gone', 'oracle'],
  'minority-master': ['oracle', 'oracle'],
  'hung-master-wakes': ['gone'],
  'empty-master-reborn': ['gone', 'gone', 'gone'],
  'only-priority-zero': ['gone'],
  'election-by-offset': ['behind', 'behind', 'gone'],
  'stale-client': ['gone', 'gone'],
  'manual-failover-loses': ['oracle', 'role'],
  'forgotten-nodes': ['gone', 'gone'],
  tilt: ['tilt'],
  'name-loss': ['gone', 'gone'],
  guarantees: ['gone', 'gone', 'gone', 'gone', 'gone', 'role', 'gone', 'gone', 'gone'],
};

const ACTS = DRILLS.flatMap((drill) =>
  drill.acts.map((act, at) => ({
    drill: { ...drill, acts: [withoutFaults(act)] },
    title: `${drill.name}: ${act.title}`,
    wish: wishOf(act),
    decides: DECIDING[drill.name]?.[at],
  })),
);

/** Those that want the same stand beside each other, and play on the same topology. */
const rehearsal = new Rehearsal();
// Also where that test is left out, which looks whether any is left.
afterAll(() => rehearsal.end());
const NEIGHBOURS = ACTS.toSorted((a, b) => (a.wish < b.wish ? -1 : 1));

test.concurrent.for(NEIGHBOURS)(
  '$title fails by $decides if its faults are left out',
  async ({ drill, decides }) => {
    const report = await rehearsal.play(drill);
    const [failed] = report.acts.flatMap(({ checks }) =>
      checks.filter(({ verdict }) => verdict !== 'pass'),
    );
    expect(failed?.id, JSON.stringify(report.acts, null, 2)).toBe(decides);
    expect(failed?.verdict).toBe('fail');
    expect(report.verdict).toBe('fail');
  },
);

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
  await rehearsal.end();
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

/** Up to its first failure: what comes after it would wait in vain. */
function withoutFaults(act: Act): Act {
  return {
    ...act,
    steps: (nodes) => {
      const all = act.steps(nodes);
      const rest = all.filter(({ kind }) => kind !== 'fault');
      if (rest.length === all.length) throw new Error(`${act.title} injects no fault`);
      return rest.map((step) => ({
        ...step,
        run: async (stage) => {
          if (!stage.checks.some(({ verdict }) => verdict === 'fail')) await step.run(stage);
        },
      }));
    },
  };
}
