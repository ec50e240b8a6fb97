import { beforeEach, describe, expect, it } from 'vitest';
import { type Claim, check, predict, rule } from '../../../src/drills/claim.js';
import type { Stage } from '../../../src/drills/stage.js';
import { willBe } from '../../../src/drills/steps/will-be.js';
import type { LiveTopology } from '../../../src/live/live-topology.js';
import { ACCESS } from '../../support/access.js';
import { stageOf } from './stage-of.js';

let stage: Stage;
beforeEach(() => {
  stage = stageOf({ nodes: [], sentinels: [] });
});

const claim = (claimed: Claim['claimed'], foreseen: string, seen: string): Claim => ({
  node: 'redis-2',
  about: 'who holds the lock',
  ...(claimed !== undefined && { claimed }),
  foresee: rule(foreseen, 'of offsets'),
  look: async () => ({ is: seen, because: 'of replies' }),
});

const verdicts = () => stage.checks.map(({ id, verdict }) => `${id} ${verdict}`);

async function predictAndCheck(it: Claim) {
  await predict(it).run(stage);
  await check(it).run(stage);
  return verdicts();
}

describe('a claim', () => {
  it('holds if drill, rule and reality agree', async () => {
    expect(await predictAndCheck(claim('two', 'two', 'two'))).toEqual(['rule pass', 'oracle pass']);
    expect(stage.foreseen).toEqual([
      { node: 'redis-2', predicted: 'two: of offsets', seen: 'two: of replies' },
    ]);
  });

  it('fails if the drill claims what the rules do not say', async () => {
    expect(await predictAndCheck(claim('two', 'one', 'one'))).toEqual(['rule fail', 'oracle pass']);
  });

  it('fails if something else comes', async () => {
    expect(await predictAndCheck(claim('two', 'two', 'one'))).toEqual(['rule pass', 'oracle fail']);
  });

  it('may be the drill’s by version', async () => {
    const byVersion = claim(({ version }) => (version === '6.0.16' ? 'two' : 'one'), 'two', 'two');
    expect(await predictAndCheck(byVersion)).toEqual(['rule pass', 'oracle pass']);
  });

  it('may be the rules’ alone, or the drill’s alone', async () => {
    expect(await predictAndCheck(claim(undefined, 'two', 'two'))).toEqual(['oracle pass']);
    const { foresee: _, ...alone } = claim('two', '', 'one');
    expect(await predictAndCheck(alone)).toEqual(['oracle pass', 'oracle fail']);
  });

  it('gives the look what was foreseen with it, and its check a name of its own', async () => {
    const counted: Claim<{ is: string; before: number }> = {
      node: 'redis-1',
      about: 'what it counts',
      id: 'counters',
      foresee: async () => ({ is: '+1', before: 4 }),
      look: async (_stage, { before }) => ({ is: `+${5 - before}` }),
    };
    expect(await predictAndCheck(counted)).toEqual(['counters pass']);
  });

  it('is told from others, and can be made again', async () => {
    const [one, other] = [claim('two', 'two', 'two'), claim('two', 'two', 'two')];
    await predict(one, other).run(stage);
    await check(other).run(stage);
    await predict(other).run(stage);
    expect(stage.foreseen.map(({ seen }) => seen)).toEqual([null, 'two: of replies', null]);
  });

  it('must have been predicted', async () => {
    await expect(check(claim('two', 'two', 'two')).run(stage)).rejects.toThrow(
      'nothing was predicted: who holds the lock',
    );
  });
});

describe('a claim that a login changes', () => {
  const open = 'its handshake ends with MISCONF: the disk is full';
  const behindLogin = 'its handshake ends with a link: the login comes first';

  async function found(access: LiveTopology['access'], seen: string) {
    const there = stageOf({ nodes: [{ name: 'redis-3' }], sentinels: [], access });
    const handshake = willBe({
      node: 'redis-3',
      about: 'its handshake ends with',
      is: 'MISCONF',
      because: 'the disk is full',
      behindLogin: { is: 'a link', because: 'the login comes first' },
      look: async () => seen,
    });
    await predict(handshake).run(there);
    await check(handshake).run(there);
    return [there.foreseen[0]?.predicted, ...there.checks.map(({ verdict }) => verdict)];
  }

  it('is foretold for an open topology as it is there', async () => {
    expect(await found(null, 'MISCONF')).toEqual([open, 'pass']);
    expect(await found(null, 'a link')).toEqual([open, 'fail']);
  });

  it('and for one with TLS alone', async () => {
    expect(await found({ ...ACCESS, login: null }, 'MISCONF')).toEqual([open, 'pass']);
  });

  it('and as it is behind a login', async () => {
    expect(await found(ACCESS, 'a link')).toEqual([behindLogin, 'pass']);
    expect(await found(ACCESS, 'MISCONF')).toEqual([behindLogin, 'fail']);
  });
});
