import { expect, test } from 'vitest';
import { Timeline, type TimelineEvent } from '../../../src/drills/timeline.js';

test('notes what happened when, and tells whoever listens', () => {
  const heard: TimelineEvent[] = [];
  const timeline = new Timeline((event) => heard.push(event));
  const before = timeline.clock();
  const at = timeline.note('killed', 'redis-1');
  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(timeline.clock());
  expect(timeline.events).toEqual([
    { atMs: Math.round(at * 10) / 10, event: 'killed', node: 'redis-1' },
  ]);
  expect(heard).toEqual(timeline.events);
});

test('an earlier moment that is known keeps its precision, the event is rounded', () => {
  const timeline = new Timeline();
  expect(timeline.note('first write acknowledged', 'redis-2', 12.3456)).toBe(12.3456);
  timeline.note('load ends', null, 0.04);
  expect(timeline.events).toEqual([
    { atMs: 12.3, event: 'first write acknowledged', node: 'redis-2' },
    { atMs: 0, event: 'load ends', node: null },
  ]);
});

test('begins at nought', () => {
  expect(new Timeline().clock()).toBeLessThan(1000);
});
