/**
 * `node table.mjs [CLIENT…]`: plays a failover under each client with `rrepl run --json` and prints
 * the lines of docs/clients.md. RREPL says how rrepl is called.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ALL = ['ioredis', 'ioredis-once', 'iovalkey', 'node-redis', 'redis-py', 'bullmq'];
/** Debian has redis-py as python3-redis. */
const PYTHON = process.env.PYTHON ?? 'python3';
/** BullMQ refuses servers before 6.2. */
const FLAGS = { bullmq: ['--image', 'redis:7.0'] };

const [rrepl, ...before] = (process.env.RREPL ?? 'rrepl').split(' ');
const faults = ['--when', 'under way', '--fault', 'kill-master@1s'];

console.log(
  '| client | no answer | connections cut | errors seen | pushed twice | lost | went on |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- |');
const wanted = process.argv.slice(2);
for (const client of wanted.length > 0 ? wanted : ALL) {
  const file = (ending) => fileURLToPath(new URL(`${client}.${ending}`, import.meta.url));
  const program = client === 'redis-py' ? [PYTHON, file('py')] : ['node', file('mjs')];
  const { stdout, stderr } = spawnSync(
    rrepl,
    [...before, 'run', '--json', ...(FLAGS[client] ?? []), ...faults, '--', ...program],
    { encoding: 'utf8' },
  );
  const report = JSON.parse(stdout);
  // With --json the program's own output is on stderr.
  const said = JSON.parse(stderr.split('\n').findLast((line) => line.startsWith('{')) ?? '{}');
  const errors = Object.entries(said.errors ?? {}).map(([text, times]) => `${text} (${times})`);
  const cells = [
    client,
    report.noAnswer === null ? 'unknown' : `${Math.round(report.noAnswer.longestMs)} ms`,
    report.traffic.connections.cut,
    errors.join(', ') || 'none',
    said.twice ?? 'unknown',
    said.missing ?? 'unknown',
    report.noAnswer?.recovered ? 'yes' : 'no',
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
