/**
 * `node bench/run.mjs [up|sentinels|start|all] [--runs N]`: measures rrepl against baselines in the
 * same run and prints a markdown table. See README.md for what is compared and why.
 */
import { parseArgs } from 'node:util';
import { removeAll } from './clean.mjs';
import { prepareCompose } from './compose.mjs';
import { exec, interleave, untilInterrupted } from './measure.mjs';
import { printHead, printTable } from './report.mjs';
import { BARE, image, PORTS, RREPL, rreplUp, scratch, script } from './subjects.mjs';

const USAGE = 'usage: node bench/run.mjs [up|sentinels|start|all] [--runs N]';
const AIMS = {
  bare: 1.15,
  watched: 1.25,
  compose: { 2: 0.75, 10: 0.85 },
  version: 1.6,
  status: 2.8,
  again: 3.5,
};
const SENTINELS = 3;
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
    if (wanted('sentinels')) rows.push(...(await benchSentinels()));
    if (wanted('start')) rows.push(...(await benchStart()));
    printTable(rows);
  } finally {
    await removeAll();
    await scratch.remove();
  }
});

/** `rrepl up`, the engine calls alone and Docker Compose: one after the other, again and again. */
async function benchUp(replicas) {
  const { bare, bareLoaded, rrepl, compose } = await sampleUp({
    title: `up, ${replicas} replicas`,
    up: rreplUp(replicas),
    bare: [script('bare-up.mjs'), BARE, image, String(replicas), String(PORTS.bare)],
    compose: await prepareCompose(replicas),
  });
  const row = toRow(`\`rrepl up --replicas ${replicas}\``, rrepl);
  return [
    row('bare script', bare, AIMS.bare),
    row('… without loading dockerode', bareLoaded, null),
    ...(compose ? [row(compose.title, compose.ms, AIMS.compose[replicas])] : []),
  ];
}

/** The same six containers for each, ready when every sentinel sees all servers and all others. */
async function benchSentinels() {
  const counts = ['2', String(PORTS.bare), String(SENTINELS)];
  const { bare, rrepl, compose } = await sampleUp({
    title: `up, 2 replicas, ${SENTINELS} sentinels`,
    up: rreplUp(2, '--sentinels', String(SENTINELS)),
    bare: [script('bare-sentinels.mjs'), BARE, image, ...counts],
    compose: await prepareCompose(2, SENTINELS),
  });
  const row = toRow(`\`rrepl up --replicas 2 --sentinels ${SENTINELS}\``, rrepl);
  return [
    row('bare script', bare, AIMS.watched),
    ...(compose ? [row(compose.title, compose.ms, null)] : []),
  ];
}

function toRow(what, rrepl) {
  return (against, baseline, aim) => ({ what, against, baseline, rrepl, aim });
}

async function sampleUp({ title, up, bare, compose }) {
  const samples = await interleave(
    {
      rrepl: () => exec(...up),
      bare: () => exec('node', bare),
      ...(compose && { compose: () => exec(...compose.command) }),
    },
    { title, runs: runs ?? DEFAULT_RUNS.up, afterEach: removeAll },
  );
  const ms = (name) => samples[name].map((sample) => sample.ms);
  return {
    rrepl: ms('rrepl'),
    bare: ms('bare'),
    bareLoaded: samples.bare.map(({ ms, stdout }) => ms - Number(stdout)),
    compose: compose && { title: compose.title, ms: ms('compose') },
  };
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
    if (!['up', 'sentinels', 'start', 'all'].includes(part) || more.length > 0)
      throw new Error(USAGE);
    if (runs !== undefined && !(Number.isInteger(runs) && runs > 0)) throw new Error(USAGE);
    return { part, runs };
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}
