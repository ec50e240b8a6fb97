/**
 * `node bench/kill-master.mjs [--runs N]`: how long the death of a master keeps writers waiting, and how many
 * writes a second the drill's load makes and notes, beside redis-benchmark with as many connections.
 */
import { parseArgs } from 'node:util';
import { removeAll } from './clean.mjs';
import { exec, execWithPeak, interleave, untilInterrupted } from './measure.mjs';
import { median, printHead } from './report.mjs';
import { image, PORTS, rreplDrill, rreplUp, scratch, script } from './subjects.mjs';

const AIMS = { failoverMs: 10, rssMb: 110 };
/** With each: what the load's rate is to be of redis-benchmark's. */
const RATES = { 4: 1.03, 50: 0.9 };
const REQUESTS = 60_000;

const { values } = parseArgs({ options: { runs: { type: 'string' } } });
const runs = Number(values.runs ?? 7);

await untilInterrupted(async () => {
  await exec('node', ['build.mjs'], { cwd: script('..') });
  await printHead();
  try {
    await removeAll();
    printFailover(await failovers());
    await exec(...rreplUp(2));
    for (const connections of Object.keys(RATES)) printRates(connections, await rates(connections));
  } finally {
    await removeAll();
    await scratch.remove();
  }
});

/** Milliseconds from the death of the master to the first acknowledged write, as the drill itself tells. */
async function failovers() {
  const flags = ['--before', '1s', '--after', '500ms', '--rate', '1000'];
  const drill = async () => JSON.parse((await exec(...rreplDrill(...flags))).stdout).failoverMs;
  const title = 'first write after a kill';
  return (await interleave({ drill }, { title, runs, afterEach: () => {} })).drill;
}

function rates(connections) {
  const subjects = { load: () => load(connections), benchmark: () => benchmark(connections) };
  const title = `${connections} connections`;
  return interleave(subjects, { title, runs, afterEach: () => {} });
}

/** Until the master is killed; nothing recovers, so all acknowledged writes are from before. */
async function load(connections) {
  const flags = ['--writers', connections, '--before', '3s', '--after', '1ms', '--recover', 'none'];
  const { stdout, rssMb } = await execWithPeak(...rreplDrill(...flags));
  const { timeline, writes } = JSON.parse(stdout);
  const [begins, killed] = ['load begins', 'killed'].map(
    (event) => timeline.find((it) => it.event === event).atMs,
  );
  return { perSecond: (1000 * writes.acknowledged) / (killed - begins), rssMb };
}

/** The same command, of about the same length, to a port that is published in the same way. */
async function benchmark(connections) {
  const target = ['-h', '127.0.0.1', '-p', String(PORTS.rrepl)];
  const { stdout } = await exec('docker', [
    ...['run', '--rm', '--network', 'host', image, 'redis-benchmark', ...target, '--csv'],
    ...['-c', connections, '-n', String(REQUESTS), 'RPUSH', 'bench:list', 'x'.repeat(16)],
  ]);
  return { perSecond: Number(/^"RPUSH.*?","([\d.]+)"/m.exec(stdout)[1]) };
}

function printFailover(times) {
  const typical = median(times);
  process.stdout.write(
    [
      `death of the master to the first acknowledged write, 1,000 writes/s: median ${typical.toFixed(1)} ms, `,
      `${Math.min(...times)}–${Math.max(...times)} ms in ${times.length} rounds; `,
      `aim ≤ ${AIMS.failoverMs} ms${missed(typical > AIMS.failoverMs)}\n\n`,
    ].join(''),
  );
}

function printRates(connections, { load, benchmark }) {
  const [ours, theirs] = [load, benchmark].map((them) => median(them.map((it) => it.perSecond)));
  const ratio = ours / theirs;
  const rssMb = Math.max(...load.map((it) => it.rssMb));
  process.stdout.write(
    [
      `${connections} connections: ${Math.round(ours)} writes/s noted, redis-benchmark ${Math.round(theirs)}: `,
      `${ratio.toFixed(2)}, aim ≥ ${RATES[connections]}${missed(ratio < RATES[connections])}; `,
      `peak RSS ${rssMb.toFixed(0)} MB, aim ≤ ${AIMS.rssMb} MB${missed(rssMb > AIMS.rssMb)}\n`,
    ].join(''),
  );
}

function missed(isMissed) {
  return isMissed ? ' (missed)' : '';
}
