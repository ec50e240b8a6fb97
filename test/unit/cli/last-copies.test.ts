/** What to type where replicas that are too many have data of their own. */
import { expect, test } from 'vitest';
import { hintFor } from '../../../src/cli/hints/index.js';
import type { AboutOf } from '../../../src/error-facts.js';
import { InvalidTopologyError } from '../../../src/errors.js';

test('the hint names a command for each node', async () => {
  const about: AboutOf<'last-copies'> = {
    code: 'last-copies',
    topology: 'demo',
    setAside: ['redis-2'],
    unproven: ['redis-3'],
  };
  const error = new InvalidTopologyError([{ source: 'port', message: 'no' }], { about });
  expect(hintFor(error)).toBe(
    [
      '`rrepl restore redis-2 --name demo` puts them back, `rrepl restore redis-2 --name demo --discard` removes them',
      '`rrepl heal --name demo` brings it into line, and sets them aside',
    ].join('\n'),
  );
});
