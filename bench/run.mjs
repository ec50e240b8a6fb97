/**
 * `node bench/run.mjs [up|start|all] [--runs N]`: measures rrepl against baselines in the
 * same run and prints a markdown table. See README.md for what is compared and why.
 */
import { parseArgs } from 'node:util';
import { removeAll } from './clean.mjs';
import { prepareCompose } from './compose.mjs';
import { exec, interleave, untilInterrupted } from './measure.mjs';
import { printHead, printTable } from './report.mjs';
import { BARE, image, PORTS, RREPL, rreplUp, scratch, script } from './subjects.mjs';

const USAGE = 'usage: node bench/run.mjs [up|start|all] [--runs N]';
const AIMS = { bare: 1.15, compose: { 2: 0.75, 10: 0.85 }, version: 1.6, status: 2.8, again: 3.5 };
const DEFAULT_RUNS = { up: 7, start: 21 };
const NOTHING = ['node', ['-e', '0']];

const { part, runs } = readArguments();
await untilInterrupted(async () => {
  await exec('node', ['build.mjs'], { cwd: script('..') });
  await printHead();
  try {
    await removeAll();
    const rows = [];
    const wanted = (name) => part === name || part === 'all';
    if (wanted('up')) for (const replicas of [2, 10]) rows.push(...(await benchUp(replicas)));
    if (wanted('start')) rows.push(...(await benchStart()));
    printTable(rows);
  } finally {
    await removeAll();
    await scratch.remove();
  }
});

/** `rrepl up`, the engine calls alone and Docker Compose: one after the other, again and again. */
async function benchUp(replicas) {
  const compose = await prepareCompose(replicas);
  const bareArguments = [script('bare-up.mjs'), BARE, image, String(replicas), String(PORTS.bare)];
  const samples = await interleave(
    {
      rrepl: () => exec(...rreplUp(replicas)),
      bare: () => exec('node', bareArguments),
      ...(compose && { compose: () => exec(...compose.command) }),
    },
    { title: `up, ${replicas} replicas`, runs: runs ?? DEFAULT_RUNS.up, afterEach: removeAll },
  );
  const ms = (name) => samples[name].map((sample) => sample.ms);
  const bareLoaded = samples.bare.map(({ ms, stdout }) => ms - Number(stdout));
  const what = `\`rrepl up --replicas ${replicas}\``;
  const row = (against, baseline, aim) => ({ what, against, baseline, rrepl: ms('rrepl'), aim });
  return [
    row('bare script', ms('bare'), AIMS.bare),
    row('… without loading dockerode', bareLoaded, null),
    ...(compose ? [row(compose.title, ms('compose'), AIMS.compose[replicas])] : []),
  ];
}

/** What a command costs before it does anything, and one that asks three nodes. */
async function benchStart() {
  await exec(...rreplUp(2));
  const samples = await interleave(
    {
      nothing: () => exec(...NOTHING),
      version: () => exec('node', [script('../bin/rrepl.js'), '--version']),
      status: () => exec('node', [script('../bin/rrepl.js'), 'status', '--name', RREPL]),
      again: () => exec(...rreplUp(2)),
    },
    { title: 'start', runs: runs ?? DEFAULT_RUNS.start, afterEach: () => {} },
  );
  const ms = (name) => samples[name].map((sample) => sample.ms);
  const cpu = (name) => samples[name].map((sample) => sample.cpuMs);
  const row = (what, name) => ({
    what,
    against: '`node -e 0`',
    baseline: ms('nothing'),
    rrepl: ms(name),
    aim: AIMS[name],
    cpu: { baseline: cpu('nothing'), rrepl: cpu(name) },
  });
  return [
    row('`rrepl --version`', 'version'),
    row('`rrepl status`, 3 nodes', 'status'),
    row('`rrepl up`, nothing to do', 'again'),
  ];
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { runs: { type: 'string' } },
    });
    const [part = 'all', ...more] = positionals;
    const runs = values.runs === undefined ? undefined : Number(values.runs);
    if (!['up', 'start', 'all'].includes(part) || more.length > 0) throw new Error(USAGE);
    if (runs !== undefined && !(Number.isInteger(runs) && runs > 0)) throw new Error(USAGE);
    return { part, runs };
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}
