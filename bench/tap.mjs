/**
 * `node bench/tap.mjs [--rate N] [--seconds N]`: whether `rrepl tap` and `rrepl top` keep up with a fixed rate of writes
 * (50,000 a second unless told): how many they told and left out, and the most that waited for them in
 * the server. RREPL_BENCH_IMAGE takes another image.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { removeAll } from './clean.mjs';
import { exec, untilInterrupted } from './measure.mjs';
import { printHead } from './report.mjs';
import { image, PORTS, RREPL, rreplUp, scratch, script } from './subjects.mjs';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '50000' },
    seconds: { type: 'string', default: '10' },
  },
});
const [RATE, SECONDS] = [Number(values.rate), Number(values.seconds)];
const BATCH_MS = 10;

await untilInterrupted(async () => {
  await exec('node', ['build.mjs'], { cwd: script('..') });
  await printHead();
  try {
    await removeAll();
    await exec(...rreplUp(1));
    console.log(
      '| image | command | writes/s | written | told | left out | waited in the server |',
    );
    console.log('| --- | --- | --- | --- | --- | --- | --- |');
    for (const [name, ...args] of [
      ['tap'],
      ['tap', '--json'],
      ['top', '--for', `${SECONDS + 2}s`, '--json'],
    ])
      console.log(`| ${(await measure(name, args)).join(' | ')} |`);
  } finally {
    await removeAll();
    await scratch.remove();
  }
});

async function measure(name, args) {
  const command = [script('../bin/rrepl.js'), name, ...args, '--name', RREPL];
  const child = spawn('node', command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const counted = { told: 0, leftOut: 0 };
  let text = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (name === 'top') text += line;
    else if (/^… |skippedWrites/.test(line))
      counted.leftOut += Number(/[\d,]+/.exec(line)[0].replaceAll(',', ''));
    else if (line.includes('the:key')) counted.told += 1;
  });
  await untilAttached(child);
  const watch = watchBuffers();
  const { written, perSecond } = await load();
  // What is still on its way.
  if (name === 'top') await once(child, 'close');
  else {
    await sleep(3000);
    child.kill('SIGINT');
    await once(child, 'close');
  }
  const most = await watch.stop();
  if (name === 'top')
    counted.told = JSON.parse(text).commands?.find((it) => it.name === 'SET')?.writes ?? 0;
  const missing = written - counted.told - counted.leftOut;
  return [
    image,
    `\`rrepl ${[name, ...args].join(' ')}\``,
    Math.round(perSecond),
    written,
    counted.told,
    missing === 0 ? counted.leftOut : `${counted.leftOut}, and ${missing} unsaid`,
    `${(most / 1024).toFixed(0)} KB`,
  ];
}

/** One connection to the master, for questions and answers one after the other. */
function redis() {
  const socket = connect({ host: '127.0.0.1', port: PORTS.rrepl });
  return {
    ask: async (line) => {
      socket.write(`${line}\r\n`);
      const [data] = await once(socket, 'data');
      return data.toString();
    },
    end: () => socket.destroy(),
  };
}

async function untilAttached(child) {
  const master = redis();
  while (!(await master.ask('INFO replication')).includes('rrepl-tap')) {
    if (child.exitCode !== null) throw new Error(`rrepl ended with ${child.exitCode}`);
    await sleep(50);
  }
  master.end();
}

/** The most that waits in the master for any replica, the tap among them. */
function watchBuffers() {
  const master = redis();
  let [most, going] = [0, true];
  const watching = (async () => {
    while (going) {
      const list = await master.ask('CLIENT LIST TYPE replica');
      for (const [, bytes] of list.matchAll(/\bomem=(\d+)/g)) most = Math.max(most, Number(bytes));
      await sleep(50);
    }
    master.end();
  })();
  return {
    stop: async () => {
      going = false;
      await watching;
      return most;
    },
  };
}

/** At the rate, in small batches; those that are late come as soon as they can. */
async function load() {
  const socket = connect({ host: '127.0.0.1', port: PORTS.rrepl, noDelay: true });
  await once(socket, 'connect');
  let [sent, received] = [0, 0];
  socket.on('data', (chunk) => {
    received += chunk.length;
  });
  const startedAt = performance.now();
  const total = RATE * SECONDS;
  while (sent < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * RATE));
    let batch = '';
    for (; sent < due; sent += 1) {
      const key = `the:key:${sent % 1000}`;
      batch += `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$9\r\nthe value\r\n`;
    }
    if (batch !== '' && !socket.write(batch)) await once(socket, 'drain');
    await sleep(BATCH_MS);
  }
  while (received < total * '+OK\r\n'.length) await sleep(BATCH_MS);
  const perSecond = total / ((performance.now() - startedAt) / 1000);
  socket.destroy();
  return { written: total, perSecond };
}
