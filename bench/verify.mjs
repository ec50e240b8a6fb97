/**
 * `node bench/verify.mjs [--keys N] [--runs N]`: `rrepl verify` of many mixed keys on a master and two
 * replicas, against DEBUG DIGEST of the three one after the other, in the same run.
 */
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { exec, execWithPeak, interleave, untilInterrupted } from './measure.mjs';
import { median, printHead } from './report.mjs';
import { image, scratch, script } from './subjects.mjs';

const AIMS = { ratio: 2, rssMb: 150, sliceMs: 10 };
const NAME = 'bench-verify';
const PORT = 19300;
const REPLICAS = 2;
/** What a server logs as slow while it is measured: everything above a millisecond. */
const SLOW_MICROSECONDS = 1000;
const KEYS_A_CALL = 5000;
/** From 7.0 on DEBUG has to be allowed. */
const SETTINGS = [
  'save=',
  ...(image.startsWith('redis:6.') ? [] : ['enable-debug-command=yes']),
].flatMap((directive) => ['--set', directive]);

/** Every type in turn, five elements each; every fifth key expires, every tenth stream has a group. */
const FILL = `
for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  local key, kind = 'key:' .. i, i % 6
  if kind == 0 then redis.call('SET', key, 'the value of key ' .. i)
  elseif kind == 1 then redis.call('HSET', key, 'name', 'n' .. i, 'a', i, 'b', i + 1, 'c', '', 'd', 'x')
  elseif kind == 2 then redis.call('RPUSH', key, i, i + 1, 'a', 'b', 'c' .. i)
  elseif kind == 3 then redis.call('SADD', key, i, 'm1', 'm2', 'm3', 'm' .. i)
  elseif kind == 4 then redis.call('ZADD', key, i, 'a', i / 3, 'b', 0.5, 'c', 7, 'd', -1, 'e')
  else
    for id = 1, 5 do redis.call('XADD', key, id .. '-1', 'field', i) end
    if i % 60 == 5 then redis.call('XGROUP', 'CREATE', key, 'workers', '2-1') end
  end
  if i % 5 == 0 then redis.call('PEXPIREAT', key, 4000000000000 + i) end
end`;

const { values } = parseArgs({ options: { keys: { type: 'string' }, runs: { type: 'string' } } });
const keys = Number(values.keys ?? 1_000_000);
const runs = Number(values.runs ?? 3);

await untilInterrupted(async () => {
  await exec('node', ['build.mjs'], { cwd: script('..') });
  await printHead();
  const nodes = [];
  try {
    await rrepl('up', '--image', image, '--replicas', REPLICAS, '--port', PORT, ...SETTINGS);
    nodes.push(...Array.from({ length: REPLICAS + 1 }, (_, i) => new Redis(PORT + i)));
    await fill(nodes);
    const slices = [];
    const subjects = {
      verify: () => slowest(nodes, slices, verify),
      digest: () => debugDigest(nodes),
    };
    print(await interleave(subjects, { title: 'verify', runs, afterEach: () => {} }), slices);
  } finally {
    for (const node of nodes) node.disconnect();
    await rrepl('down', '--volumes');
    await scratch.remove();
  }
});

function rrepl(command, ...args) {
  return exec('node', [script('../bin/rrepl.js'), command, '--name', NAME, ...args.map(String)]);
}

async function fill(nodes) {
  const [master] = nodes;
  for (let first = 1; first <= keys; first += KEYS_A_CALL) {
    await master.eval(FILL, 0, first, Math.min(keys, first + KEYS_A_CALL - 1));
  }
  await master.wait(REPLICAS, 60_000);
  for (const node of nodes) {
    await node.config('SET', 'slowlog-log-slower-than', SLOW_MICROSECONDS);
    await node.config('SET', 'slowlog-max-len', 100_000);
  }
}

async function debugDigest(nodes) {
  const startedAt = performance.now();
  const digests = [];
  for (const node of nodes) digests.push(await node.call('DEBUG', 'DIGEST'));
  if (new Set(digests).size !== 1) throw new Error(`the digests differ: ${digests.join(', ')}`);
  return { ms: performance.now() - startedAt };
}

/** The whole process, which must say that all is the same. */
function verify() {
  const args = ['verify', '--name', NAME, '--timeout', '5m'];
  return execWithPeak('node', [script('../bin/rrepl.js'), ...args]);
}

/** Runs it, and notes how long each script took, by the servers' own log. */
async function slowest(nodes, slices, run) {
  for (const node of nodes) await node.slowlog('RESET');
  const result = await run();
  for (const node of nodes) {
    for (const [, , microseconds, [command]] of await node.slowlog('GET', 100_000)) {
      if (command.toLowerCase().startsWith('eval')) slices.push(microseconds / 1000);
    }
  }
  return result;
}

function print({ verify, digest }, slices) {
  const [ms, base] = [verify, digest].map((samples) => median(samples.map((it) => it.ms)));
  const rss = Math.max(...verify.map((it) => it.rssMb));
  const slow = slices.reduce((most, it) => Math.max(most, it), 0);
  const over = slices.filter((it) => it > AIMS.sliceMs).length;
  const row = (what, value, aim, ok) =>
    process.stdout.write(`| ${what} | ${value} | ≤ ${aim}${ok ? '' : ' (missed)'} |\n`);
  process.stdout.write(`${keys} keys on 1 + ${REPLICAS} nodes, ${runs} rounds\n\n`);
  process.stdout.write('| what | measured | aim |\n| --- | --- | --- |\n');
  const ratio = ms / base;
  const against = `${Math.round(ms)} ms / ${Math.round(base)} ms = ${ratio.toFixed(2)}`;
  row('`rrepl verify` / three DEBUG DIGESTs', against, AIMS.ratio, ratio <= AIMS.ratio);
  row('peak RSS of rrepl', `${rss.toFixed(0)} MB`, `${AIMS.rssMb} MB`, rss <= AIMS.rssMb);
  const slice = `${slow.toFixed(1)} ms (${over} of ${slices.length} over ${AIMS.sliceMs})`;
  row('slowest slice in a server', slice, `${AIMS.sliceMs} ms`, slow <= AIMS.sliceMs);
}
