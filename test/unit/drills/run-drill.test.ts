import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Act, Drill, Step, StepKind } from '../../../src/drills/drill.js';
import { type DrillOptions, runDrill, type Topologies } from '../../../src/drills/run-drill.js';
import type { Stage } from '../../../src/drills/stage.js';
import { DeadlineError, FailedError, InterruptedError } from '../../../src/errors.js';
import { openTopology } from '../../../src/live/live-topology.js';
import { NoReplyError, ReplyError } from '../../../src/redis/node.js';
import type { Verdict } from '../../../src/verify/check.js';
import { FakeRun, rejection } from '../../support/run.js';
import { topology } from '../../support/topologies.js';

const step = (
  says: string,
  run: (stage: Stage) => void = () => {},
  kind: StepKind = 'check',
): Step => ({ kind, says, run: async (stage) => run(stage) });

const concludes = (verdict: Verdict) =>
  step(verdict, (stage) =>
    stage.check({ id: 'a', node: null, verdict, claim: 'c', expected: 'x', seen: 'y' }),
  );

const throws = (error: Error) =>
  step('go wrong', () => {
    throw error;
  });

const drill = (...acts: Step[][]): Drill => ({
  name: 'demo',
  claim: 'It works.',
  acts: acts.map((steps, at) => ({
    title: `act ${at + 1}`,
    topology: { replicas: 1 },
    steps: () => steps,
  })),
});

/** Topologies on a fake engine, and what became of them. */
class FakeTopologies implements Topologies {
  readonly made: string[] = [];
  readonly removed: string[] = [];

  async up(name: string, { topology: { replicas = 2 } }: Pick<Act, 'topology'>) {
    const run = new FakeRun();
    await run.start({ topology: topology({ name, replicas }) });
    this.made.push(name);
    return openTopology(run.runtime, async () => run.servers.connect, name);
  }

  async down(name: string) {
    this.removed.push(name);
  }
}

const play = (what: Drill, options: Partial<DrillOptions> = {}) =>
  runDrill(what, {
    topologies: new FakeTopologies(),
    image: 'redis:6.0',
    run: 'abc',
    signal: new AbortController().signal,
    actMs: 10_000,
    ...options,
  });

/** Can't remove what it has made. */
class StuckTopologies extends FakeTopologies {
  override async down() {
    throw new Error('the engine said no');
  }
}

/** A step that interrupts the drill. */
function interruption() {
  const controller = new AbortController();
  const interrupted = new InterruptedError('SIGINT');
  const interrupt = step('interrupt', () => controller.abort(interrupted), 'fault');
  return { signal: controller.signal, interrupted, interrupt };
}

describe('runDrill', () => {
  it("tells of a topology that stays, and ends with the act's own error", async () => {
    const left: string[] = [];
    const onLeft = (name: string, trouble: unknown) => left.push(`${name}: ${trouble}`);
    const topologies = new StuckTopologies();
    const { signal, interrupted, interrupt } = interruption();
    const options = { topologies, onLeft, signal };
    expect(await rejection(play(drill([interrupt, concludes('pass')]), options))).toBe(interrupted);
    expect(left).toEqual(['drill-abc-1: Error: the engine said no']);
    expect((await rejection(play(drill([]), { topologies, onLeft }))).message).toBe(
      'the engine said no',
    );
  });

  it('reports after each act what it has shown until then, and decides nothing before the last', async () => {
    const verdicts: string[] = [];
    const { signal, interrupt } = interruption();
    const acts = drill([concludes('pass')], [concludes('pass')], [interrupt, concludes('pass')]);
    const onPlayed = (it: { verdict: Verdict; acts: readonly unknown[] }) =>
      verdicts.push(`${it.acts.length} ${it.verdict}`);
    await rejection(play(acts, { onPlayed, signal }));
    expect(verdicts).toEqual(['1 unknown', '2 unknown']);
  });

  it('plays each act on a topology of its own, and removes it', async () => {
    const topologies = new FakeTopologies();
    const report = await play(drill([concludes('pass')], [concludes('pass')]), { topologies });
    expect(report).toMatchObject({
      drill: 'demo',
      claim: 'It works.',
      server: 'redis 6.0.16',
      verdict: 'pass',
      acts: [{ title: 'act 1', nodes: 2 }, { title: 'act 2' }],
    });
    expect(topologies.made).toEqual(['drill-abc-1', 'drill-abc-2']);
    expect(topologies.removed).toEqual(topologies.made);
  });

  it.each<[Verdict, Verdict[]]>([
    ['pass', ['pass', 'pass']],
    ['fail', ['pass', 'fail', 'unknown']],
    ['unknown', ['pass', 'unknown']],
    ['unknown', []],
  ])('is %s with the checks %j', async (verdict, checks) => {
    expect((await play(drill(checks.map(concludes)))).verdict).toBe(verdict);
  });

  it.each<[string, Verdict, Error]>([
    ['a wait that ran out', 'fail', new DeadlineError('gave up')],
    ['a mistake in the drill', 'fail', new FailedError('no node')],
    ['a refusal', 'fail', new ReplyError('ERR no')],
    ['a silent server', 'unknown', new NoReplyError('no reply')],
  ])('ends the act at %s: %s', async (_name, verdict, error) => {
    const never = vi.fn();
    const report = await play(drill([concludes('pass'), throws(error), step('never', never)]));
    expect(report.verdict).toBe(verdict);
    expect(report.acts[0]?.checks.at(-1)).toEqual({
      id: 'step',
      node: null,
      verdict,
      claim: 'go wrong',
      expected: 'done',
      seen: error.message,
    });
    expect(never).not.toHaveBeenCalled();
  });

  it('goes on with the next act', async () => {
    const report = await play(drill([throws(new FailedError('no'))], [concludes('pass')]));
    expect(report.acts.map(({ checks }) => checks.length)).toEqual([1, 1]);
  });

  it('fails an act whose step throws, says where, and goes on with the next', async () => {
    const error = new TypeError('undefined is not a function');
    error.stack = 'TypeError: …\n    at run (file:///home/me/my-drill.mjs:12:5)';
    const report = await play(drill([throws(error)], [concludes('pass')]));
    expect(report.verdict).toBe('fail');
    expect(report.acts[0]?.checks).toMatchObject([
      {
        ...{ id: 'step', verdict: 'fail', claim: 'go wrong' },
        seen: 'TypeError: undefined is not a function (file:///home/me/my-drill.mjs:12:5)',
      },
    ]);
    expect(report.acts[1]?.checks).toMatchObject([{ verdict: 'pass' }]);
  });

  it.each<[Verdict, unknown]>([
    ['pass', true],
    ['fail', false],
    ['unknown', undefined],
    ['unknown', 5],
  ])('a check that tells nothing is %s if it resolves with %s', async (verdict, found) => {
    const check: Step = { kind: 'check', says: 'is it so?', run: async () => found };
    const report = await play(drill([check]));
    expect(report.acts[0]?.checks).toMatchObject([{ verdict, claim: 'is it so?' }]);
  });

  describe('a step that never ends', () => {
    const hang: Step = { kind: 'fault', says: 'hang', run: () => new Promise(() => {}) };

    beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
    afterEach(() => void vi.useRealTimers());

    it("fails at the act's end", async () => {
      const topologies = new FakeTopologies();
      const played = play(drill([hang]), { topologies });
      await vi.waitFor(() => expect(topologies.made).toHaveLength(1));
      await vi.advanceTimersByTimeAsync(20_000);
      const [check] = (await played).acts[0]?.checks ?? [];
      expect(check).toMatchObject({ verdict: 'fail', claim: 'hang' });
      expect(check?.seen).toBe('the act was not over after 10.0 s');
      expect(topologies.removed).toEqual(['drill-abc-1']);
    });

    it('is left when the drill is interrupted', async () => {
      const topologies = new FakeTopologies();
      const { signal, interrupted, interrupt } = interruption();
      const hangs: Step = {
        ...hang,
        run: (stage) => interrupt.run(stage).then(() => hang.run(stage)),
      };
      const played = rejection(play(drill([hangs]), { topologies, signal }));
      await vi.waitFor(() => expect(signal.aborted).toBe(true));
      await vi.advanceTimersByTimeAsync(6000);
      expect(await played).toBe(interrupted);
      expect(topologies.removed).toEqual(['drill-abc-1']);
    });
  });

  it('stops when it is interrupted, with the topology removed and what runs ended', async () => {
    const topologies = new FakeTopologies();
    const controller = new AbortController();
    const interrupted = new InterruptedError('SIGINT');
    const ended: number[] = [];
    const begin = step('begin', (stage) => {
      stage.atEnd(() => void ended.push(1));
      stage.atEnd(() => void ended.push(2));
      controller.abort(interrupted);
    });
    const options = { topologies, signal: controller.signal };
    const error = await rejection(play(drill([begin, concludes('pass')], []), options));
    expect(error).toBe(interrupted);
    expect(ended).toEqual([2, 1]);
    expect(topologies.removed).toEqual(['drill-abc-1']);
  });

  it('removes what an `up` that failed may have left', async () => {
    const topologies = new FakeTopologies();
    topologies.up = () => Promise.reject(new DeadlineError('not up'));
    await rejection(play(drill([concludes('pass')]), { topologies }));
    expect(topologies.removed).toEqual(['drill-abc-1']);
  });

  it('makes the steps anew for each run, so that what they share is its own', async () => {
    const counts: number[] = [];
    const twice: Drill = {
      ...drill(),
      acts: [
        {
          title: 'counts',
          topology: { replicas: 1 },
          steps: () => {
            let count = 0;
            const more = step('more', () => {
              count += 1;
              counts.push(count);
            });
            return [more, more, concludes('pass')];
          },
        },
      ],
    };
    await play(twice);
    await play(twice);
    expect(counts).toEqual([1, 2, 1, 2]);
  });

  it('fails a check that gave up waiting under the name of the check', async () => {
    const waiting: Step = {
      ...throws(new DeadlineError('gave up: no link')),
      id: 'barrier',
      nodes: ['redis-2'],
    };
    const report = await play(drill([waiting, concludes('pass')]));
    expect(report.acts[0]?.checks).toEqual([
      expect.objectContaining({ id: 'barrier', node: 'redis-2', verdict: 'fail' }),
    ]);
    const broken: Step = { ...throws(new FailedError('no container')), id: 'barrier' };
    const other = await play(drill([broken]));
    expect(other.acts[0]?.checks[0]?.id).toBe('step');
  });

  it('notes every step before it is taken', async () => {
    const events: string[] = [];
    const onEvent = ({ event }: { event: string }) => events.push(event);
    const report = await play(drill([step('one'), step('two')]), { onEvent });
    expect(events).toEqual(['one', 'two']);
    expect(report.acts[0]?.timeline.map(({ event }) => event)).toEqual(['one', 'two']);
  });
});
