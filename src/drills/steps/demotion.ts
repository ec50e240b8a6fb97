/** An old master that is back beside the new one: when Sentinel makes a replica of it. */
import type { FailureKind } from '../../election/facts.js';
import { predictReturn, type Return } from '../../election/return.js';
import { rangeText } from '../../election/times.js';
import { duration } from '../../format.js';
import { askReplication } from '../../redis/ask.js';
import { waitUntil } from '../../redis/wait.js';
import type { Claim } from '../claim.js';
import type { Step } from '../drill.js';
import type { Said } from '../stage.js';

const DEMOTED_MS = 60_000;

interface Foretold extends Said {
  readonly comeback: Return;
}

/** `returns`: the step that brings it back, from which the time is counted. */
export function demotion(
  old: string,
  successor: string,
  how: FailureKind,
): { readonly claim: Claim<Foretold>; readonly returns: (step: Step) => Step } {
  let backMs: number | null = null;
  return {
    returns: (step) => ({
      ...step,
      run: async (stage) => {
        await step.run(stage);
        backMs = stage.timeline.clock();
      },
    }),
    claim: {
      id: 'demoted',
      node: old,
      about: `what becomes of ${old}`,
      claimed: demoted(successor),
      foresee: async () => {
        const comeback = predictReturn(how, false);
        const { demotedAfter, loses } = comeback;
        const when = demotedAfter === null ? '' : `after ${rangeText(demotedAfter)}; `;
        return { is: demoted(successor), because: `${when}lost is ${loses}`, comeback };
      },
      look: async (stage) => {
        const { redis } = stage.node(old);
        const upstream = stage.node(successor).fixedAddress;
        const look = async () => {
          const { link } = await askReplication(redis);
          return link?.host === upstream ? true : undefined;
        };
        const describe = () => `the sentinels to point ${old} to ${successor}`;
        await waitUntil(look, { ...stage.within(DEMOTED_MS), everyMs: 20, describe });
        const took = backMs === null ? null : stage.timeline.clock() - backMs;
        const because = took === null ? undefined : `after ${duration(took)}`;
        return { is: demoted(successor), because };
      },
    },
  };
}

const demoted = (successor: string): string => `a replica of ${successor}`;
