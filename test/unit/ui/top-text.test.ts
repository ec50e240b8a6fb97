import { describe, expect, it } from 'vitest';
import type { Top } from '../../../src/operations/tap.js';
import { topText } from '../../../src/ui/top-text.js';

const shares = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    ...{ name: `${prefix}${index}`, writes: 3, bytes: 3000, share: 0.05 },
    ...{ writesPerSecond: 12_345, bytesPerSecond: 1_234_567 },
  }));

const seen = (commands: number, prefixes: number): Top => ({
  ...{ topology: 'demo', node: 'redis-1', seconds: 2, writes: 3, bytes: 60_000 },
  ...{ writesPerSecond: 24_690, bytesPerSecond: 30_000, otherPrefixes: 7 },
  commands: shares('COMMAND-', commands),
  prefixes: shares(`${'p'.repeat(63)}:`, prefixes),
  backlog: { sizeBytes: 1024 * 1024, lastsSeconds: 35 },
});

describe.each([
  [60, 24],
  [100, 24],
  [40, 12],
])('on a terminal of %i columns and %i rows', (columns, rows) => {
  it.each([
    [20, 20],
    [2, 20],
    [20, 1],
    [0, 0],
  ])('%i commands and %i prefixes fit, with the cursor', (commands, prefixes) => {
    const lines = topText(seen(commands, prefixes), { columns, rows }).split('\n');
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(Math.max(columns, 55));
    const shown = lines.filter((it) => /^(COMMAND-|pp)/.test(it)).length;
    expect(shown).toBe(Math.min(commands + prefixes, rows - 8));
  });
});

it('leaves nothing out in a pipe', () => {
  expect(topText(seen(20, 20)).split('\n')).toHaveLength(48);
});
