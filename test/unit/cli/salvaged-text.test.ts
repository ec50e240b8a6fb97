import { describe, expect, test } from 'vitest';
import { salvagedText } from '../../../src/cli/events.js';

const SALVAGED = {
  ...{ topology: 'shop', node: 'redis-1', master: 'redis-2', folder: '/lost' },
  ...{ source: 'data' as const, writes: 3, conflicts: 0, missingBytes: null },
};

describe('what was salvaged is said with the command that puts it back', () => {
  test.each([0, 2])('where %i of 3 conflict, those that do not', (conflicts) => {
    const text = salvagedText({ ...SALVAGED, conflicts });
    expect(text).toContain(
      '`rrepl salvage apply /lost/salvage.jsonl --name shop` puts back what conflicts with nothing',
    );
    expect(text).not.toContain('unasked');
  });

  test('where all may, that it puts back nothing unasked', () => {
    const text = salvagedText({ ...SALVAGED, conflicts: 3 });
    expect(text).toContain(
      'nothing of it is put back unasked: `rrepl salvage apply /lost/salvage.jsonl --name shop --conflicts ask` asks',
    );
    expect(text).not.toContain('puts back');
  });

  test('where nothing is lacking, no command', () => {
    expect(salvagedText({ ...SALVAGED, writes: 0 })).not.toContain('apply');
  });
});
