import { describe, expect, it } from 'vitest';
import { came, type Outcome, willCome } from '../../../src/drills/steps/outcomes.js';
import type { LiveTopology } from '../../../src/live/live-topology.js';
import { ACCESS } from '../../support/access.js';
import { stageOf } from './stage-of.js';

const outcome = (seen: string): Outcome => ({
  node: 'redis-3',
  what: 'its handshake ends with',
  expected: 'MISCONF',
  because: 'the disk is full',
  behindLogin: { expected: 'a link', because: 'the login comes first' },
  look: async () => seen,
});

async function verdicts(access: LiveTopology['access'], seen: string) {
  const stage = stageOf({ nodes: [{ name: 'redis-3' }], access });
  await willCome(outcome(seen)).run(stage);
  await came(outcome(seen)).run(stage);
  return [stage.foreseen[0]?.predicted, ...stage.checks.map(({ verdict }) => verdict)];
}

describe('an outcome that a login changes', () => {
  const open = 'its handshake ends with MISCONF: the disk is full';
  const behindLogin = 'its handshake ends with a link: the login comes first';

  it('is foretold for an open topology as it is there', async () => {
    expect(await verdicts(null, 'MISCONF')).toEqual([open, 'pass']);
    expect(await verdicts(null, 'a link')).toEqual([open, 'fail']);
  });

  it('and for one with TLS alone', async () => {
    expect(await verdicts({ ...ACCESS, login: null }, 'MISCONF')).toEqual([open, 'pass']);
  });

  it('and as it is behind a login', async () => {
    expect(await verdicts(ACCESS, 'a link')).toEqual([behindLogin, 'pass']);
    expect(await verdicts(ACCESS, 'MISCONF')).toEqual([behindLogin, 'fail']);
  });
});
