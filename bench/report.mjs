/** The figures as a markdown table on stdout, under what they were measured on. */
import { cpus, loadavg } from 'node:os';
import Docker from 'dockerode';
import { image } from './subjects.mjs';

export async function printHead() {
  const { Version } = await new Docker().version();
  const processors = cpus();
  const load = loadavg()[0];
  process.stdout.write(
    [
      `Docker engine ${Version}, image ${image}, Node ${process.version}, `,
      `${processors.length} × ${processors[0]?.model.trim()}, load ${load.toFixed(1)}, `,
      `${new Date().toISOString().slice(0, 10)}\n\n`,
    ].join(''),
  );
  if (load > processors.length / 2) {
    process.stdout.write(
      'This machine is busy with other work: the figures of `up` say little.\n\n',
    );
  }
}

const HEAD = [
  'what',
  'against',
  'baseline ms',
  'rrepl ms',
  'ratio',
  'aim',
  'spread',
  'processor time',
  'rounds',
];

/**
 * @param rows `{ what, against, baseline, rrepl, aim, cpu }`, the samples in the order of the rounds;
 * `cpu`: those of both in processor time, where that is comparable
 */
export function printTable(rows) {
  const lines = [HEAD, HEAD.map(() => '---'), ...rows.map(toCells)];
  process.stdout.write(lines.map((cells) => `| ${cells.join(' | ')} |\n`).join(''));
}

function toCells({ what, against, baseline, rrepl, aim, cpu = null }) {
  const ratio = median(rrepl) / median(baseline);
  const ratios = rrepl.map((ms, round) => ms / baseline[round]);
  const spread = [Math.min(...ratios), Math.max(...ratios)];
  return [
    what,
    against,
    Math.round(median(baseline)),
    Math.round(median(rrepl)),
    ratio.toFixed(2),
    aim === null ? '–' : `≤ ${aim}${ratio <= aim ? '' : ' (missed)'}`,
    spread.map((it) => it.toFixed(2)).join('–'),
    cpu === null ? '–' : (mean(cpu.rrepl) / mean(cpu.baseline)).toFixed(2),
    rrepl.length,
  ];
}

/** The kernel counts processor time in steps of 10 ms. */
const mean = (samples) => samples.reduce((sum, it) => sum + it, 0) / samples.length;

export function median(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle - 1)] + sorted[Math.floor(middle)]) / 2;
}
