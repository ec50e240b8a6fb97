/** Processes timed from start to exit, in turns, with an end on Ctrl-C. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { scratch } from './subjects.mjs';

/** No measured process takes this long; one that does is stuck. */
const PROCESS_MS = 180_000;

let running;
let interrupted = false;

/** Runs `main`; on SIGINT or SIGTERM ends the process under way, cleans up and exits with 130. */
export async function untilInterrupted(main) {
  const interrupt = () => {
    if (!interrupted && running?.exitCode === null) process.kill(-running.pid, 'SIGTERM');
    interrupted = true;
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${interrupted ? 'interrupted' : (error.stack ?? error)}\n`);
    process.exitCode = interrupted ? 130 : 1;
  }
}

/** `{ ms, cpuMs, stdout }` of a process that does what it should; rejects if it fails. */
export function exec(command, args, options = {}) {
  if (interrupted) throw new Error('interrupted');
  return new Promise((resolve, reject) => {
    const output = { stdout: '', stderr: '' };
    const [startedAt, usedBefore] = [performance.now(), childrenCpuMs()];
    let ms;
    running = spawn(command, args, {
      cwd: scratch.folder,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PROCESS_MS,
      // A group of its own: Ctrl-C reaches it once, by way of `untilInterrupted`.
      detached: true,
      ...options,
    });
    for (const name of ['stdout', 'stderr']) {
      running[name].setEncoding('utf8').on('data', (text) => {
        output[name] += text;
      });
    }
    running.once('exit', () => {
      ms = performance.now() - startedAt;
    });
    running.once('error', reject);
    running.once('close', (code, signal) => {
      if (code === 0 && !interrupted) {
        return resolve({ ms, cpuMs: childrenCpuMs() - usedBefore, stdout: output.stdout });
      }
      const what = [command, ...args].join(' ');
      reject(new Error(`${what} ended with ${signal ?? code}\n${output.stderr}`));
    });
  });
}

/** What all processes that this one has started and seen end have used, with those that they started (Linux; else NaN). */
function childrenCpuMs() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) * 10;
  } catch {
    return Number.NaN;
  }
}

/** The same with `rssMb`, the process's peak, which is asked for again and again (Linux). */
export async function execWithPeak(command, args) {
  let rssMb = 0;
  const sampling = setInterval(async () => {
    const status = await readFile(`/proc/${running.pid}/status`, 'utf8').catch(() => '');
    rssMb = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? rssMb * 1024) / 1024;
  }, 50);
  try {
    return { ...(await exec(command, args)), rssMb };
  } finally {
    clearInterval(sampling);
  }
}

/** What a user's own settings would change is left out. */
function environment() {
  const ours = ([name]) => !/^(RREPL|COMPOSE)_/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(ours));
}

/**
 * Samples of every subject by name. A round measures each once, in an order that moves on
 * by one every round, so that no subject always comes after the same other. The first round
 * only warms the machine up.
 */
export async function interleave(subjects, { title, runs, afterEach }) {
  const names = Object.keys(subjects);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round <= runs; round += 1) {
    process.stderr.write(`${title}: round ${round} of ${runs}${round === 0 ? ' (warm-up)' : ''}\n`);
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(round + turn) % names.length];
      const sample = await subjects[name]();
      if (round > 0) samples[name].push(sample);
      await afterEach();
    }
  }
  return samples;
}
