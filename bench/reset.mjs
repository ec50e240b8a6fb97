/**
 * `node bench/reset.mjs [--runs N]`: the library's `reset()` of a master and two replicas where nothing is
 * broken, beside a fresh `rrepl up` and beside `docker run` of one server until it answers PONG.
 */
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { exec, interleave, untilInterrupted } from './measure.mjs';
import { median, printHead } from './report.mjs';
import { image, scratch, script } from './subjects.mjs';

const AIM_MS = 60;
const NAME = 'bench-reset';
const FRESH = 'bench-fresh';
const PLAIN = 'bench-plain';
/** What rrepl's template sets too, where the image doesn't. */
const SERVER = ['redis-server', '--protected-mode', 'no'];
const PORTS = { reset: 19400, fresh: 19410, plain: 19420 };

const { values } = parseArgs({ options: { runs: { type: 'string' } } });
const runs = Number(values.runs ?? 20);

const rrepl = (command, name, ...args) =>
  exec('node', [script('../bin/rrepl.js'), command, '--name', name, ...args.map(String)]);
const up = (name, port) =>
  rrepl('up', name, '--image', image, '--replicas', 2, '--port', port, '--ttl', '1h');
const removePlain = () => exec('docker', ['rm', '--force', '--volumes', PLAIN]).catch(() => {});

await untilInterrupted(async () => {
  await exec('node', ['build.mjs'], { cwd: script('..') });
  await printHead();
  try {
    await up(NAME, PORTS.reset);
    const { attach } = await import('../dist/index.js');
    const topology = await attach(NAME);
    const subjects = {
      reset: () => dirtied(topology),
      up: () => up(FRESH, PORTS.fresh),
      plain,
    };
    const afterEach = () => Promise.all([rrepl('down', FRESH, '--volumes'), removePlain()]);
    print(await interleave(subjects, { title: 'reset', runs, afterEach }));
  } finally {
    await Promise.all([NAME, FRESH].map((name) => rrepl('down', name, '--volumes')));
    await removePlain();
    await scratch.remove();
  }
});

async function dirtied(topology) {
  const master = new Redis(PORTS.reset);
  await master.set('a', '1');
  await master.quit();
  const startedAt = performance.now();
  await topology.reset();
  return { ms: performance.now() - startedAt };
}

async function plain() {
  const startedAt = performance.now();
  const publish = ['--publish', `127.0.0.1:${PORTS.plain}:6379`];
  await exec('docker', ['run', '--detach', '--name', PLAIN, ...publish, image, ...SERVER]);
  const client = new Redis(PORTS.plain, { retryStrategy: () => 5, maxRetriesPerRequest: null });
  client.on('error', () => {});
  await client.ping();
  const ms = performance.now() - startedAt;
  client.disconnect();
  return { ms };
}

function print(samples) {
  const ms = (name) => median(samples[name].map((it) => it.ms));
  const verdict = ms('reset') <= AIM_MS ? '' : ' (missed)';
  const spread = samples.reset.map((it) => Math.round(it.ms)).sort((a, b) => a - b);
  process.stdout.write(
    [
      `reset of 1 + 2 nodes: median ${ms('reset').toFixed(0)} ms of ${runs} `,
      `(${spread[0]}–${spread.at(-1)}), aim ≤ ${AIM_MS} ms${verdict}; `,
      `a fresh \`rrepl up\` ${ms('up').toFixed(0)} ms, `,
      `\`docker run\` of one server until it answers ${ms('plain').toFixed(0)} ms\n`,
    ].join(''),
  );
}
