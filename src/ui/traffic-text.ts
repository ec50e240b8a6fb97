/** What went through a door, as people read it. */
import type { Silence, Traffic } from '../door/traffic.js';
import { bytes, count, duration, plural } from '../format.js';

export function trafficText({ connections, bytes: size, commands, silences }: Traffic): string {
  const { opened, cut, turnedAway } = connections;
  const away = turnedAway === 0 ? '' : `, ${turnedAway} turned away`;
  const lines = [
    `${plural(opened, 'connection')}, ${count(cut)} cut${away}; ${bytes(size.sent)} sent, ${bytes(size.received)} received`,
  ];
  if (commands === null) lines.push('commands were not counted: TLS is passed through');
  else {
    const { sent, answered, refused, unanswered } = commands;
    lines.push(
      `${plural(sent, 'command')}: ${count(answered)} answered, ${count(refused)} refused, ${count(unanswered)} without an answer`,
    );
    const errors = Object.entries(commands.errors).map(
      ([code, times]) => `${code} ${count(times)}`,
    );
    if (errors.length > 0) lines.push(`errors: ${errors.join(', ')}`);
  }
  if (silences !== null && silences.length > 0)
    lines.push(`longest time without an answer: ${silenceText(longest(silences))}`);
  return lines.map((line) => `${line}\n`).join('');
}

const lengthOf = ({ fromMs, toMs }: Silence): number => (toMs ?? Number.POSITIVE_INFINITY) - fromMs;

const longest = (silences: readonly Silence[]): Silence =>
  silences.reduce((a, b) => (lengthOf(b) > lengthOf(a) ? b : a));

const silenceText = ({ fromMs, toMs }: Silence): string =>
  toMs === null ? `from ${duration(fromMs)} after the start to the end` : duration(toMs - fromMs);
