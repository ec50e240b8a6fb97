import { describe, expect, it } from 'vitest';
import { healthOf } from '../../../src/live/health.js';
import { headline } from '../../../src/ui/headline.js';

const node = (name: string, more: object = {}) => ({
  name,
  role: 'replica' as 'master' | 'replica' | null,
  state: 'running',
  link: 'up' as 'up' | 'down' | null,
  lagBytes: 0,
  problem: null,
  ...more,
});
const master = node('redis-1', { role: 'master', link: null });
const dead = { role: null, state: 'stopped', link: null, problem: 'Exited (137)' };

describe('a topology', () => {
  it.each([
    ['well', 'well', [master, node('redis-2'), node('redis-3', { lagBytes: 2000 })]],
    [
      'no-master',
      'no master: writes fail, `rrepl promote replica --name demo`',
      [node('redis-1', dead), node('redis-2', { link: 'down', problem: 'down' })],
    ],
    [
      'no-master',
      'no master: writes fail, `rrepl heal --name demo`',
      [node('redis-1', dead), node('redis-2', dead)],
    ],
    [
      'several-masters',
      'two masters: redis-1, redis-2',
      [master, node('redis-2', { role: 'master', link: null })],
    ],
    [
      'degraded',
      'redis-2 is stopped; redis-3 is behind: its link is down',
      [master, node('redis-2', dead), node('redis-3', { link: 'down', problem: 'link down' })],
    ],
    [
      'degraded',
      'redis-2 is paused; `rrepl heal --name demo` wakes what is paused',
      [master, node('redis-2', { ...dead, state: 'paused' })],
    ],
    [
      'degraded',
      'redis-2 is behind by 3.0 MB',
      [master, node('redis-2', { lagBytes: 3 * 2 ** 20 })],
    ],
    [
      'degraded',
      'redis-2 does not answer',
      [master, node('redis-2', { role: null, link: null, problem: 'no reply' })],
    ],
    ['degraded', 'redis-1: its disk is full', [{ ...master, problem: 'its disk is full' }]],
  ])('that is %s says so: %s', (health, line, nodes) => {
    expect(healthOf(nodes)).toBe(health);
    expect(headline('demo', nodes)).toBe(line);
  });
});
