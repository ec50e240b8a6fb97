/**
 * `node bench/door.mjs [--runs N]`: SETs through `rrepl door`, a process of its own, against SETs straight
 * to the master's published port, in the same run. Milliseconds for the same number of commands:
 * one at a time tells the latency, many at a time the throughput.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { removeAll } from './clean.mjs';
import { exec, interleave, untilInterrupted } from './measure.mjs';
import { printHead, printTable } from './report.mjs';
import { PORTS, RREPL, rreplUp, scratch, script } from './subjects.mjs';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '7' } } });
const DOOR = PORTS.rrepl + 50;

/** `pipeline`: commands of a connection that are under way at the same time. */
const LOADS = [
  { what: '1 connection, one at a time', connections: 1, pipeline: 1, commands: 5000 },
  { what: '50 connections, one at a time', connections: 50, pipeline: 1, commands: 20_000 },
  { what: '4 connections, 50 at a time', connections: 4, pipeline: 50, commands: 100_000 },
];

const COMMAND = '*3\r\n$3\r\nSET\r\n$7\r\nthe:key\r\n$9\r\nthe value\r\n';
const REPLY_BYTES = '+OK\r\n'.length;

await untilInterrupted(async () => {
  await exec('node', ['build.mjs'], { cwd: script('..') });
  await printHead();
  let door;
  try {
    await removeAll();
    await exec(...rreplUp(2));
    door = spawn('node', [script('../bin/rrepl.js'), 'door', '--name', RREPL, '--port', `${DOOR}`]);
    await once(door.stdout, 'data');
    const rows = [];
    for (const load of LOADS) rows.push(await compare(load));
    printTable(rows);
  } finally {
    door?.kill('SIGINT');
    await removeAll();
    await scratch.remove();
  }
});

async function compare(load) {
  const samples = await interleave(
    { straight: () => play(load, PORTS.rrepl), door: () => play(load, DOOR) },
    { title: load.what, runs: Number(values.runs), afterEach: () => {} },
  );
  const ms = (name) => samples[name].map((sample) => sample.ms);
  const what = `SET through \`rrepl door\`, ${load.what}`;
  return {
    what,
    against: 'published port',
    baseline: ms('straight'),
    rrepl: ms('door'),
    aim: null,
  };
}

async function play({ connections, pipeline, commands }, port) {
  const startedAt = performance.now();
  const each = commands / connections;
  await Promise.all(Array.from({ length: connections }, () => one(port, each, pipeline)));
  return { ms: performance.now() - startedAt };
}

async function one(port, commands, pipeline) {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  await new Promise((resolve, reject) => {
    let sent = 0;
    let received = 0;
    const send = (count) => {
      const many = Math.min(count, commands - sent);
      sent += many;
      if (many > 0) socket.write(COMMAND.repeat(many));
    };
    socket.on('error', reject).on('data', (chunk) => {
      const before = Math.floor(received / REPLY_BYTES);
      received += chunk.length;
      const answered = Math.floor(received / REPLY_BYTES);
      if (answered === commands) resolve();
      else send(answered - before);
    });
    send(pipeline);
  });
  socket.destroy();
}
