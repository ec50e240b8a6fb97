import { describe, expect, it, vi } from 'vitest';
import type { Drill, Step, StepKind } from '../../../src/drills/drill.js';
import { type DrillOptions, runDrill, type Theatre } from '../../../src/drills/run-drill.js';
import { type Stage, slot } from '../../../src/drills/stage.js';
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
  acts: acts.map((steps, at) => ({ title: `act ${at + 1}`, setting: { replicas: 1 }, steps })),
});

/** Topologies on a fake engine, and what became of them. */
class FakeTheatre implements Theatre {
  readonly raised: string[] = [];
  readonly struck: string[] = [];

  async raise(name: string, setting: { replicas: number }) {
    const run = new FakeRun();
    await run.start({ topology: topology({ name, replicas: setting.replicas }) });
    this.raised.push(name);
    return openTopology(run.runtime, async () => run.servers.connect, name);
  }

  async strike(name: string) {
    this.struck.push(name);
  }
}

const play = (what: Drill, options: Partial<DrillOptions> = {}) =>
  runDrill(what, {
    theatre: new FakeTheatre(),
    image: 'redis:6.0',
    run: 'abc',
    signal: new AbortController().signal,
    ...options,
  });

/** Can't remove what it has raised. */
class StuckTheatre extends FakeTheatre {
  override async strike() {
    throw new Error('the engine said no');
  }
}

describe('runDrill', () => {
  it("tells of a topology that stays, and ends with the act's own error", async () => {
    const left: string[] = [];
    const onLeft = (name: string, trouble: unknown) => left.push(`${name}: ${trouble}`);
    const theatre = new StuckTheatre();
    const defect = new Error('own');
    const error = await rejection(play(drill([throws(defect)]), { theatre, onLeft }));
    expect(error).toBe(defect);
    expect(left).toEqual(['drill-abc-1: Error: the engine said no']);
    expect((await rejection(play(drill([]), { theatre, onLeft }))).message).toBe(
      'the engine said no',
    );
  });

  it('reports after each act what it has shown until then, and decides nothing before the last', async () => {
    const verdicts: string[] = [];
    const acts = drill([concludes('pass')], [concludes('pass')], [throws(new Error('own'))]);
    const onPlayed = (it: { verdict: Verdict; acts: readonly unknown[] }) =>
      verdicts.push(`${it.acts.length} ${it.verdict}`);
    await rejection(play(acts, { onPlayed }));
    expect(verdicts).toEqual(['1 unknown', '2 unknown']);
  });

  it('plays each act on a topology of its own, and removes it', async () => {
    const theatre = new FakeTheatre();
    const report = await play(drill([concludes('pass')], [concludes('pass')]), { theatre });
    expect(report).toMatchObject({
      drill: 'demo',
      claim: 'It works.',
      server: 'redis 6.0.16',
      verdict: 'pass',
      acts: [{ title: 'act 1', nodes: 2 }, { title: 'act 2' }],
    });
    expect(theatre.raised).toEqual(['drill-abc-1', 'drill-abc-2']);
    expect(theatre.struck).toEqual(theatre.raised);
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

  it('passes a defect on, with the topology removed', async () => {
    const theatre = new FakeTheatre();
    const error = new TypeError('undefined is not a function');
    expect(await rejection(play(drill([throws(error)]), { theatre }))).toBe(error);
    expect(theatre.struck).toEqual(['drill-abc-1']);
  });

  it('stops when it is interrupted, with the topology removed and what runs ended', async () => {
    const theatre = new FakeTheatre();
    const controller = new AbortController();
    const interrupted = new InterruptedError('SIGINT');
    const ended: number[] = [];
    const begin = step('begin', (stage) => {
      stage.atEnd(() => void ended.push(1));
      stage.atEnd(() => void ended.push(2));
      controller.abort(interrupted);
    });
    const options = { theatre, signal: controller.signal };
    const error = await rejection(play(drill([begin, concludes('pass')], []), options));
    expect(error).toBe(interrupted);
    expect(ended).toEqual([2, 1]);
    expect(theatre.struck).toEqual(['drill-abc-1']);
  });

  it('removes what a failed raise may have left', async () => {
    const theatre = new FakeTheatre();
    theatre.raise = () => Promise.reject(new DeadlineError('not up'));
    await rejection(play(drill([concludes('pass')]), { theatre }));
    expect(theatre.struck).toEqual(['drill-abc-1']);
  });

  it('hands values from step to step, and tells a step that was left out', async () => {
    const size = slot<number>('a size');
    const seen: unknown[] = [];
    const keep = step('keep', (stage) => stage.keep(size, 3));
    const recall = step('recall', (stage) => seen.push(stage.recall(size)));
    expect((await play(drill([keep, recall, concludes('pass')]))).verdict).toBe('pass');
    expect(seen).toEqual([3]);
    const report = await play(drill([recall, concludes('pass')]));
    expect(report.verdict).toBe('fail');
    expect(report.acts[0]?.checks[0]?.seen).toBe('no step of the drill has left a size');
  });

  it('notes every step before it is taken', async () => {
    const events: string[] = [];
    const onEvent = ({ event }: { event: string }) => events.push(event);
    const report = await play(drill([step('one'), step('two')]), { onEvent });
    expect(events).toEqual(['one', 'two']);
    expect(report.acts[0]?.timeline.map(({ event }) => event)).toEqual(['one', 'two']);
  });
});
