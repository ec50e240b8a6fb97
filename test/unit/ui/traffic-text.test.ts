import { expect, it } from 'vitest';
import { trafficText } from '../../../src/ui/traffic-text.js';

it('writes all numbers alike, and says when a silence without an end began', () => {
  const text = trafficText({
    connections: { opened: 1200, cut: 1100, turnedAway: 0 },
    bytes: { sent: 10, received: 20 },
    commands: {
      ...{ sent: 4018, answered: 4016, refused: 1, unanswered: 1 },
      errors: { READONLY: 1234 },
    },
    silences: [{ fromMs: 1200, toMs: null }],
  });
  expect(text).toBe(
    [
      '1,200 connections, 1,100 cut; 10 B sent, 20 B received',
      '4,018 commands: 4,016 answered, 1 refused, 1 without an answer',
      'errors: READONLY 1,234',
      'longest time without an answer: from 1.2 s after the start to the end',
      '',
    ].join('\n'),
  );
});
