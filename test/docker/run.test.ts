/** The user's own program under faults, as `rrepl run` plays and reports it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InvalidTopologyError, up } from '../../src/index.js';
import type { RunReport } from '../../src/program/report.js';
import { parseSalvage } from '../../src/stream/salvage-file.js';
import { holdings, IMAGE, NOTHING, redis, TOPOLOGY_FILE } from '../support/docker.js';
import { freePorts } from '../support/ports.js';
import {
  BIN,
  expectVerified,
  newTopology,
  removeTopologies,
  rrepl,
  run,
  start,
  status,
} from '../support/rrepl.js';
import { expectShape } from '../support/shapes.js';

const WRITER = fileURLToPath(new URL('../support/programs/writer.mjs', import.meta.url));
const NODE = process.execPath;
/** On a busy machine a program takes a while to begin. */
const UNDER_WAY = ['--when', 'under way'];
const isOpen = TOPOLOGY_FILE === undefined;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rrepl-run-test-'));
});
afterAll(removeTopologies);
afterAll(() => rm(folder, { recursive: true }));

const ports = async () => ['--port', String(await freePorts(3))];

/** As a shell would call it. */
const play = async (flags: readonly string[], ...command: readonly string[]) =>
  run(['run', ...(await ports()), ...flags, '--', ...command]);

/** The same with its report. */
async function report(flags: readonly string[], ...command: readonly string[]) {
  const file = join(folder, `${Math.random()}.json`);
  const result = await play([...flags, '--report', `json=${file}`], ...command);
  const text = await readFile(file, 'utf8').catch(() => '');
  expect(text, result.stderr).not.toBe('');
  const found = JSON.parse(text) as RunReport;
  expectShape('run', found);
  return { ...result, report: found };
}

const printed = (stdout: string) =>
  JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { acknowledged: number[] };

describe('without faults', () => {
  test("gives the program a topology with its addresses, and removes it; its exit code is the program's", async () => {
    const script = `
      echo "$RREPL_NAME $REDIS_URL $REDIS_HOST:$REDIS_PORT $REDIS_REPLICA_URLS"
      ${NODE} ${BIN} cli replica -- PING
      exit 7`;
    const { exitCode, stdout, stderr } = await play([], 'sh', '-c', script);
    expect(exitCode, stderr).toBe(7);
    const [words = '', pong] = stdout.split('\n');
    const [name = '', url, place, replicas] = words.split(' ');
    expect(name).toMatch(/^run-[0-9a-f]{8}$/);
    expect(url).toContain(`127.0.0.1:${place?.split(':')[1]}`);
    expect(replicas?.split(',')).toHaveLength(2);
    expect(pong).toBe('PONG');
    expect(await holdings(name)).toEqual(NOTHING);
  });

  test('passes stdin on, and says nothing of its own on stdout', async () => {
    const { stdout, exitCode } = await run(['run', ...(await ports()), '--', 'cat'], {
      stdin: 'to the program\n',
    });
    expect({ stdout, exitCode }).toEqual({ stdout: 'to the program\n', exitCode: 0 });
  });

  test('passes signals on, waits for the program, and removes what it made', async () => {
    const script = 'trap "echo told; exit 3" TERM; echo $RREPL_NAME; while :; do sleep 0.1; done';
    const { child, ended } = start(['run', ...(await ports()), '--', 'sh', '-c', script]);
    const name = await new Promise<string>((done) => {
      child.stdout?.once('data', (text: string) => done(text.trim()));
    });
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ exitCode: 3, stdout: `${name}\ntold\n` });
    expect(await holdings(name)).toEqual(NOTHING);
  });

  test('a second signal kills the program, and says by name what removes what is left', async () => {
    const script = 'trap "" INT TERM; echo $RREPL_NAME $$; while :; do sleep 0.1; done';
    const { child, ended, untilStderr } = start([
      'run',
      ...(await ports()),
      '--',
      'sh',
      '-c',
      script,
    ]);
    const said = await new Promise<string>((done) => {
      child.stdout?.once('data', (text: string) => done(text.trim()));
    });
    const [name = '', pid] = said.split(' ');
    child.kill('SIGINT');
    await untilStderr(/waiting for the program to end: it has SIGINT; a second one kills it/);
    child.kill('SIGTERM');
    const { exitCode, stderr } = await ended;
    const [, command = ''] =
      /stopped at once; `rrepl (.*?)` removes the topology/.exec(stderr) ?? [];
    await rrepl(command.split(' '));
    expect(await holdings(name)).toEqual(NOTHING);
    expect(exitCode).toBe(143);
    // Not `kill -0`: where nothing reaps orphans, one that was killed is there as a zombie.
    const state = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'gone');
    expect(state).toMatch(/^gone$|^State:\s+[ZX]/m);
  });

  test('ends when nobody reads what the program prints any more, and removes what it made', async () => {
    const name = newTopology('run');
    const flags = ['--name', name, ...(await ports()), '--when', 'never', '--fault', 'kill-master'];
    const pipe = `"$@" | head -1; echo "\${PIPESTATUS[0]}"`;
    const bash: [string, ...string[]] = ['bash', '-c', pipe, 'bash', NODE, BIN];
    const { stdout, stderr } = await run(['run', ...flags, '--', 'yes'], { program: bash });
    expect(stdout, stderr).toBe('y\n141\n');
    expect(await holdings(name)).toEqual(NOTHING);
  });

  test('a program that ends by a signal ends it with 128 and its number', async () => {
    const { exitCode } = await play([], 'sh', '-c', 'kill -KILL $$');
    expect(exitCode).toBe(137);
  });

  test('gives it what a secured topology needs', async () => {
    const script =
      'echo "$REDIS_USERNAME $(printf "$REDIS_PASSWORD" | wc -c) $REDIS_URL"; grep -c BEGIN "$REDIS_CA_FILE"';
    const { exitCode, stdout, stderr } = await play(
      ['--password', 'auto', '--user', 'app', '--tls'],
      ...['sh', '-c', script],
    );
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/^app 32 rediss:\/\/app:[\w-]{32}@127\.0\.0\.1:\d+\n1\n$/);
  });
});

describe('what can not be is refused before anything is made', () => {
  test('every mistake in every fault at once', async () => {
    const faults = ['pase:replica@1s', 'pause@2x', 'kill:redis-9@1s', 'kill-master:replica@1s+2s'];
    const name = newTopology('run');
    const result = await play(
      [...faults.flatMap((it) => ['--fault', it]), '--when', '(', '--name', name],
      ...['sh', '-c', 'echo started'],
    );
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    for (const words of [
      '--fault "pase:replica@1s": "pase" is no fault (did you mean "pause"?)',
      '--fault "pause@2x": pause needs a node',
      '--fault "pause@2x": "2x" is no time',
      '--fault "kill:redis-9@1s": no node is named "redis-9"',
      '--fault "kill-master:replica@1s+2s": kill-master names no node',
      '--when: Invalid regular expression',
    ])
      expect(result.stderr).toContain(words);
    expect(await holdings(name)).toEqual(NOTHING);
  });

  test.each([
    [['no-such-program-anywhere'], 127, 'there is no such program'],
    [['./package.json'], 127, 'not executable'],
  ])('%j', async (command, exitCode, words) => {
    const name = newTopology('run');
    const result = await run(['run', '--name', name, '--', ...command], { cwd: process.cwd() });
    expect(result).toMatchObject({ exitCode, stdout: '' });
    expect(result.stderr).toContain(words);
    expect(result.stderr.match(/error:/g)).toHaveLength(1);
    expect(await holdings(name)).toEqual(NOTHING);
  });

  test('a time without an answer under TLS', async () => {
    const name = newTopology('run');
    const flags = ['--name', name, '--tls', '--max-downtime', '1s', '--', 'true'];
    const { exitCode, stderr } = await run(['run', ...flags]);
    expect(exitCode, stderr).toBe(2);
    expect(stderr).toContain('--max-downtime: under TLS');
    expect(await holdings(name)).toEqual(NOTHING);
  });
});

describe.runIf(isOpen)('faults', () => {
  test('a failover: what happened when, what the program was sent, and how long it waited', async () => {
    const flags = [...UNDER_WAY, '--fault', 'kill-master@1s', '--fault', 'pause:master@4s+1s'];
    const { exitCode, stderr, report: found, stdout } = await report(flags, NODE, WRITER, '11000');
    expect(exitCode, stderr).toBe(0);
    const [killed, paused] = found.faults;
    expect(killed).toMatchObject({ outcome: 'done', node: 'redis-1' });
    expect(paused).toMatchObject({ outcome: 'done' });
    expect(paused?.node).not.toBe('redis-1');
    expect(killed?.noAnswerMs).toBeGreaterThan(0);
    expect(paused?.noAnswerMs).toBeGreaterThan(500);
    expect(found.timeline.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['killed', 'promoted', 'the door leads to', 'pause', 'unpause']),
    );
    expect(found.noAnswer?.recovered).toBe(true);
    expect(found.traffic.connections.cut).toBeGreaterThan(0);
    const { acknowledged } = printed(stdout);
    expect(found.traffic.commands?.answered).toBeGreaterThanOrEqual(acknowledged.length);
    expect(found.verdict).toBe('pass');
    expect(stderr).toMatch(/\nPASS {2}the program ended with 0\n/);
    expect(await holdings(found.topology)).toEqual(NOTHING);
  });

  test('a quiet run counts no cut, no refusal and no loss', async () => {
    const { report: found } = await report(['--max-loss', '0'], NODE, WRITER, '500');
    expect(found.traffic.connections.cut).toBe(0);
    expect(found.traffic.commands).toMatchObject({ refused: 0, unanswered: 0, errors: {} });
    expect(found.lost).toEqual({ count: 0, atLeast: false, because: null, writes: [], cuts: [] });
    expect(found).toMatchObject({ verdict: 'pass', lostUnknown: null });
  });

  test('lost writes are named, and are those that the new master lacks; a topology that was there is healed and left', async () => {
    const name = newTopology('run');
    const aof = ['--set', 'appendonly=yes'];
    await rrepl(['up', '--name', name, '--replicas', '2', ...aof, ...(await ports())]);
    const file = join(folder, 'loss.json');
    const flags = ['disconnect:redis-2@500ms', 'disconnect:redis-3@500ms', 'kill-master@2500ms'];
    const args = [
      ...['run', '--name', name, ...UNDER_WAY, ...flags.flatMap((it) => ['--fault', it])],
      ...['--max-loss', '0', '--report', `json=${file}`, '--salvage', join(folder, 'salvaged')],
      ...['--', NODE, WRITER, '5000'],
    ];
    const { exitCode, stdout, stderr } = await run(args);
    expect(exitCode, stderr).toBe(1);
    const found = JSON.parse(await readFile(file, 'utf8')) as RunReport;
    expect(found).toMatchObject({ verdict: 'fail', exitCode: 0 });
    const { acknowledged } = printed(stdout);
    const master = (await status(name)).nodes.find(({ role }) => role === 'master')?.name ?? '';
    const there = new Set((await redis(name, master, 'KEYS', 'key:*')).split('\n'));
    const missing = acknowledged.map((number) => `key:${number}`).filter((key) => !there.has(key));
    expect(missing.length).toBeGreaterThan(10);
    const { lost } = found;
    // All of them, and at most the one that was never answered.
    expect(lost).toMatchObject({ atLeast: false, because: null });
    const extra = (lost?.count ?? 0) - missing.length;
    expect([0, 1]).toContain(extra);
    const named = new Set(lost?.writes.flatMap(({ keys }) => keys));
    expect(missing.slice(0, 900).filter((key) => !named.has(key))).toEqual([]);
    expect([...named].filter((key) => there.has(key))).toEqual([]);
    const [cut] = lost?.cuts ?? [];
    expect(cut?.master).toBe(master);
    for (const { command, offset } of lost?.writes ?? []) {
      expect(command).toBe('SET');
      expect(offset).toBeGreaterThan(cut?.offset ?? Number.POSITIVE_INFINITY);
    }
    expect(stderr).toMatch(/FAIL {2}[\d,]+ writes lost, 0 allowed/);
    const [, out = ''] = /that redis-\d lacks .* in (\S+salvaged\/\S+?):/.exec(stderr) ?? [];
    const salvaged = await readFile(join(out, 'salvage.jsonl'), 'utf8');
    const { lines } = parseSalvage(salvaged, out);
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter(({ keys }) => there.has(String(keys[0])))).toEqual([]);
    await expectVerified(name);
  });

  test('are counted from what the program prints, in what it prints through', async () => {
    const script = 'sleep 1; echo now; sleep 1.5; echo late >&2';
    const flags = ['--fault', 'pause:replica@200ms+200ms', '--when', '^now'];
    const { report: found, stdout, stderr } = await report(flags, 'sh', '-c', script);
    expect(stdout).toBe('now\n');
    expect(stderr).toContain('late\n');
    expect(found.faults[0]?.beganMs).toBeGreaterThan(1100);
    expect(found.faults[0]).toMatchObject({ outcome: 'done' });
    // It asked nothing and wrote nothing.
    expect(found).toMatchObject({ noAnswer: null, lost: null, lostUnknown: 'nothing was written' });
  });

  test('that are never played prove nothing: 1, though the program succeeds', async () => {
    for (const flags of [
      ['--fault', 'pause:replica@1m'],
      ['--fault', 'pause:replica', '--when', 'never printed'],
    ]) {
      const { exitCode, report: found } = await report(flags, 'sh', '-c', 'sleep 0.5');
      expect(exitCode).toBe(1);
      expect(found).toMatchObject({ exitCode: 0, verdict: 'unknown' });
      expect(found.faults[0]).toMatchObject({ outcome: 'not played', node: null });
    }
  });

  test('a limit that is not kept: 1; a program that fails keeps its own exit code', async () => {
    const hang = [...UNDER_WAY, '--fault', 'pause:master+1s', '--max-downtime', '300ms'];
    const junit = join(folder, 'run.xml');
    const { exitCode, report: found } = await report(
      [...hang, '--report', `junit=${junit}`],
      ...[NODE, WRITER, '2500'],
    );
    expect(exitCode).toBe(1);
    expect(found.reasons[0]).toMatch(/^no answer for .*, 300 ms allowed$/);
    const xml = await readFile(junit, 'utf8');
    expect(xml.match(/<testcase/g)).toHaveLength(3);
    expect(xml).toContain('tests="3" failures="1" errors="0"');
    const failing = await report(hang, NODE, WRITER, '2500', '9');
    expect(failing.exitCode).toBe(9);
  });

  test('those of drills: a full disk, a silent partition, a planned change', async () => {
    const faults = ['full-disk:master@200ms+700ms', 'isolate:replica@1500ms+500ms'];
    const flags = [...faults, 'switchover@2500ms'].flatMap((it) => ['--fault', it]);
    const config = ['--set', 'save=3600 1', '--set', 'appendonly=no'];
    const { report: found, stderr } = await report(
      [...UNDER_WAY, ...config, ...flags],
      ...[NODE, WRITER, '60000', '0', '1'],
    );
    expect(found, stderr).toMatchObject({ verdict: 'pass' });
    for (const { outcome, endedMs } of found.faults) {
      expect(outcome).toBe('done');
      expect(endedMs).toBeGreaterThan(0);
    }
    expect(found.traffic.commands?.errors.MISCONF).toBeGreaterThan(0);
    expect([found.faults[0]?.node, found.faults[2]?.node]).toEqual(['redis-1', 'redis-1']);
    expect(found.lost).toMatchObject({ count: 0, atLeast: false });
    expect(found.lost?.cuts).toHaveLength(1);
  });

  test('a second master, once killed: what it takes is lost when the first leads again', async () => {
    const flags = ['kill-master@300ms', 'replicaof-no-one:redis-1@4s+1s'].flatMap((it) => [
      '--fault',
      it,
    ]);
    const writer = [NODE, WRITER, '60000', '0', '3'];
    const { report: found, stderr } = await report([...UNDER_WAY, ...flags], ...writer);
    expect(found, stderr).toMatchObject({ verdict: 'pass', lostUnknown: null });
    const [killed, taken, back] = found.lost?.cuts ?? [];
    expect([taken?.master, back?.master]).toEqual(['redis-1', killed?.master]);
    expect(back?.offset).toBe(taken?.offset);
    const lost = found.lost?.writes.filter(({ master }) => master === 'redis-1') ?? [];
    expect(lost.length).toBeGreaterThan(10);
  });

  test('the program breaks it itself: rrepl finds the topology by the environment', async () => {
    const breaking = `${NODE} ${BIN} kill-master --before 200ms --after 200ms >/dev/null`;
    const script = `${NODE} ${WRITER} 6000 & ${breaking} && wait`;
    const { report: found, stderr } = await report([], 'sh', '-c', script);
    expect(found, stderr).toMatchObject({ exitCode: 0, verdict: 'pass', faults: [] });
    expect(found.lost?.cuts).toHaveLength(1);
    expect(found.traffic.connections.cut).toBeGreaterThan(0);
  });
});

describe.runIf(isOpen)('from a program', () => {
  test('a report, no error, and addresses that follow', async () => {
    await using topology = await up({ replicas: 1, image: IMAGE });
    const before = topology.url;
    const found = await topology.run({
      command: [NODE, '-e', "console.log('under way'); setTimeout(() => process.exit(4), 3000)"],
      ...{ faults: ['kill-master@500ms'], when: 'under way', maxLoss: 1e6, maxDowntime: 1 },
    });
    expectShape('run', found);
    expect(found).toMatchObject({ verdict: 'fail', exitCode: 4, maxDowntimeMs: 1 });
    expect(found.faults[0]).toMatchObject({ outcome: 'done', node: 'redis-1' });
    expect(topology.url).not.toBe(before);
    expect((await topology.verify()).verdict).toBe('pass');
    const wrong = topology.run({ command: [NODE], faults: ['explode'] });
    await expect(wrong).rejects.toThrow(InvalidTopologyError);
  });
});

describe.runIf(isOpen)('chaos', () => {
  test('plays the same faults for the same seed, and its report has the command that does', async () => {
    const chaos = ['--chaos', '6s', '--seed', '7'];
    const first = await report(chaos, NODE, WRITER, '11000');
    expect(first.exitCode, first.stderr).toBe(0);
    expect(first.report.faults.length).toBeGreaterThan(0);
    expect(first.report.faults.every(({ outcome }) => outcome === 'done')).toBe(true);
    expect(first.report).toMatchObject({ seed: 7 });
    const again = first.report.again ?? '';
    expect(first.stderr).toContain(`the same again: ${again}\n`);
    expect(again).toMatch(/^rrepl run .*--chaos 6000ms --seed 7 -- /);
    const script = join(folder, 'again.sh');
    await writeFile(
      script,
      again.replace(/^rrepl/, `exec ${NODE} ${BIN}`).replace(' -- ', ' --json -- '),
    );
    const second = await run([script], { program: ['sh', '-e'] });
    expect(second.exitCode, second.stderr).toBe(0);
    const played = ({ faults }: RunReport) => faults.map(({ fault }) => fault);
    // With --json the program's own output is on stderr.
    expect(played(JSON.parse(second.stdout))).toEqual(played(first.report));
    expect(second.stderr).toContain('under way');
  });
});
