/**
 * Progress of a run on stderr: on a terminal a live block with one line a node, elsewhere
 * (a pipe, a CI job) one plain line whenever a node gets further.
 */
import type { EventOf, StepEvent } from '../execute/world.js';
import type { StepSummary } from '../plan/step-summary.js';
import { coloursFor } from './colours.js';
import { wrapped } from './wrap.js';

export interface Progress {
  /** What is neither a note nor a step's is not shown. */
  show(event: EventOf<StepSummary>): void;
  /** Clears the live block; nothing is shown any more. */
  end(): void;
}

export interface ProgressOptions {
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly title: string;
}

export async function startProgress(options: ProgressOptions): Promise<Progress> {
  const { stderr, env } = options;
  // A terminal that nobody has told its size has no columns, and ora would clear lines for ever.
  const live = stderr.isTTY && stderr.columns !== 0 && !env.CI && env.TERM !== 'dumb';
  return live ? liveProgress(options) : plainProgress(options);
}

function plainProgress({ stderr }: ProgressOptions): Progress {
  let last = '';
  return {
    show(event) {
      const line = event.type === 'note' ? event.text : 'step' in event ? phaseLine(event) : null;
      if (line === null || line === last) return;
      last = line;
      stderr.write(wrapped(`${line}\n`, stderr));
    },
    end() {},
  };
}

async function liveProgress({ stderr, env, title }: ProgressOptions): Promise<Progress> {
  const { default: ora } = await import('ora');
  const colours = coloursFor(stderr, env);
  const phases = new Map<string, string>();
  const settled = new Set<string>();
  const lines = () => {
    const width = Math.max(...[...phases.keys()].map((name) => name.length));
    return [...phases]
      .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
      .map(([name, text]) => {
        const mark = settled.has(name) ? colours.green('✔') : ' ';
        return `${mark} ${name.padEnd(width)}  ${colours.dim(text)}`;
      });
  };
  // Ctrl-C must reach our own handler, so ora must not swallow the terminal's input.
  const spinner = ora({
    stream: stderr,
    text: title,
    discardStdin: false,
    hideCursor: true,
  }).start();
  return {
    show(event) {
      if (event.type === 'note') {
        spinner.clear();
        stderr.write(wrapped(`${event.text}\n`, stderr));
        return;
      }
      const phase = 'step' in event ? phaseOf(event) : null;
      if (phase === null || !('step' in event)) return;
      const name = subject(event.step);
      phases.set(name, phase);
      if (isSettled(event)) settled.add(name);
      else settled.delete(name);
      spinner.text = [title, ...lines()].join('\n');
    },
    end() {
      spinner.stop();
      // What came of each node stays to be seen.
      if (settled.size > 0 && settled.size === phases.size) stderr.write(`${lines().join('\n')}\n`);
      phases.clear();
      settled.clear();
    },
  };
}

/** It is, for now, as the run wants it. */
const isSettled = ({ type, step }: StepEvent<StepSummary>): boolean =>
  type === 'done' && (step.kind === 'waitReady' || step.kind === 'waitInSync');

const subject = ({ node, resource }: StepSummary): string => node ?? resource;

function phaseLine(event: StepEvent<StepSummary>): string | null {
  const phase = phaseOf(event);
  return phase === null ? null : `${subject(event.step)}: ${phase}`;
}

/** How far the step's node (or image) has come, or null where the step is not worth a line. */
function phaseOf(event: StepEvent<StepSummary>): string | null {
  if (event.type === 'progress') return event.text;
  if (event.type === 'begun') return event.step.kind === 'pullImage' ? 'pulling' : null;
  switch (event.step.kind) {
    case 'pullImage':
      return 'pulled';
    case 'createContainer':
      return 'created';
    case 'startContainer':
      return 'started';
    case 'unpauseContainer':
      return 'unpaused';
    case 'connectNetwork':
      return 'connected';
    case 'waitReady':
      return 'ready';
    case 'waitInSync':
      return 'in sync';
    case 'promote':
      return 'promoted';
    case 'follow':
      return `follows ${event.step.upstream}`;
    case 'restoreSetting':
      return `${event.step.setting} restored`;
    case 'setConfig':
      return `set ${event.step.settings.map(({ name }) => name).join(', ')}`;
    case 'removeVolume':
      return 'removed';
    case 'killContainer':
      return 'killed';
    case 'stopContainer':
      return 'stopped';
    case 'removeContainer':
      return 'removed';
    default:
      return null;
  }
}
