import { describe, expect, test } from 'vitest';
import {
  chosenMaster,
  doneSteps,
  hasPlaceholder,
  hintsIn,
  plannedSteps,
  saysLoss,
  setAsideIn,
  waysOn,
} from '../../support/machine/words.js';

describe('what counts as said beforehand', () => {
  test.each([
    'several masters: redis-1 stays, redis-2 will follow it and lose what only it has',
    'redis-2 is 1.5 kB behind redis-3',
    'redis-1 has no persistence: its 3 keys are lost',
    'redis-3 has 16 changes in no file (4 keys in all), and nothing keeps them',
    "what redis-1 had does not survive: it doesn't save",
  ])('%s', (text) => expect(saysLoss(text)).toBe(true));

  test.each([
    't is up: 1 master and 1 replica, in sync (1 s)',
    't is down; 4 volumes kept: `rrepl up` finds the data again, `rrepl down --volumes` removes it',
    'error: deadline\n    1:M # Connection with replica 172.19.0.3:6379 lost.',
    'error: going back is not possible; `rrepl down --volumes` means that the data are lost',
    '`rrepl switchover redis-2` moves the role without losing one',
    'redis-2: 12 B behind',
  ])('but not: %s', (text) => expect(saysLoss(text)).toBe(false));
});

test('whose data were set aside', () => {
  const text = 'the data that redis-2 had are set aside in rrepl-t-redis-2-data: `rrepl restore`';
  expect(setAsideIn(text)).toEqual(['redis-2']);
  expect(setAsideIn('redis-1: ready')).toEqual([]);
});

describe('hints', () => {
  test('come in their order, with their words taken apart', () => {
    const text = '`rrepl up --set "save=3600 1"` does it, `rrepl status` shows it';
    expect(hintsIn(text).map(({ args }) => args)).toEqual([
      ['up', '--set', 'save=3600 1'],
      ['status'],
    ]);
  });

  test('that give data up are taken only if there is no other', () => {
    const both =
      '`rrepl start redis-1 --yes` starts it; `rrepl promote redis-2 --name t` keeps all';
    expect(waysOn(both, []).map(({ args }) => args[0])).toEqual(['promote']);
    expect(waysOn('`rrepl start redis-1 --yes` starts it', [])).toHaveLength(1);
    expect(waysOn('`rrepl down --volumes` throws the data away', [])).toEqual([]);
  });

  test('that only show something, or hold a placeholder, lead nowhere', () => {
    expect(waysOn('`rrepl logs redis-1`; `rrepl promote NODE --name t`', [])).toEqual([]);
    expect(hintsIn('`rrepl promote NODE`').some(hasPlaceholder)).toBe(true);
    expect(hintsIn('`rrepl cli -- BGSAVE`').some(hasPlaceholder)).toBe(false);
  });

  test('may be flags for the command that failed', () => {
    const [way] = waysOn('say which one, `--image redis:6.0`', ['up']);
    expect(way?.args).toEqual(['up', '--image', 'redis:6.0']);
  });

  test.each([
    ['`rrepl promote redis-2 --name t`', 'redis-2'],
    ['`rrepl up --name t --master redis-3`', 'redis-3'],
    ['`rrepl up --name t`', null],
  ])('%s makes %s the master', (text, master) => {
    expect(hintsIn(text).map(chosenMaster)).toEqual([master]);
  });
});

const PLAN = `note: redis-2 is promoted
start            rrepl-t-redis-1                                  # it is exited
set              rrepl-t-redis-2        maxmemory 100mb           # asked
re-point         rrepl-t-redis-3        to redis-2                # it follows redis-1
remove volume    rrepl-t-redis-4-data                             # no longer wanted
wait until it answers  rrepl-t-redis-1                            # a started container
`;
const UP = `redis-1: started
redis-1: waiting for PONG
redis-1: ready
redis-2: set maxmemory
redis-3: follows redis-2
rrepl-t-redis-4-data: removed
t is up: 1 master and 2 replicas, in sync (1 s)
`;

describe('plan and up', () => {
  test('say the same in their own words', () => {
    expect(plannedSteps(PLAN, 't')).toEqual(doneSteps(UP));
    expect(plannedSteps(PLAN, 't')).toHaveLength(4);
  });

  test.each([
    UP.replace('redis-1: started\n', ''),
    `${UP}redis-2: started\n`,
    UP.replace('redis-4-data', 'redis-5-data'),
  ])('a step more, fewer or elsewhere is seen', (up) => {
    expect(plannedSteps(PLAN, 't')).not.toEqual(doneSteps(up));
  });
});
