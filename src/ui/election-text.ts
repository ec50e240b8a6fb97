/** What would come if the master failed now, as people read it. */
import type { Outlook } from '../election/outlook.js';
import type { Election } from '../election/predict.js';
import { rangeText } from '../election/times.js';
import type { ElectionOutlook } from '../operations/election.js';

const FAILS = { kill: 'died', hang: 'hung', cut: 'was cut off' } as const;

export function electionText(outlook: ElectionOutlook): string {
  const lines = outlook.sentinels.length === 0 ? plainLines(outlook) : watchedLines(outlook);
  return lines.map((line) => `${line}\n`).join('');
}

function plainLines({ master, topology }: ElectionOutlook): string[] {
  return [
    `if ${master} died now: none. No sentinel watches ${topology}, so nobody is promoted.`,
    `  \`rrepl heal --name ${topology}\` promotes the replica that has most, \`rrepl promote NODE --name ${topology}\` one that you name`,
  ];
}

function watchedLines(outlook: ElectionOutlook): string[] {
  const { master, gone, outlooks, endedBy } = outlook;
  const before = gone === null ? '' : ` with ${gone} gone`;
  const [first, ...others] = outlooks;
  if (first === undefined) return [];
  const ended =
    endedBy === null
      ? ''
      : `; with ${endedBy.sentinels.join(' and ')} gone too: none (${endedBy.election.because})`;
  return [
    `if ${master} ${FAILS[first.how]} now${before}: ${whom(first.election)}${ended}`,
    ...after(first),
    ...others.flatMap(({ how, election }) =>
      election.elected === null ? [] : [`if it ${FAILS[how]}: ${whom(election)}`],
    ),
    ...comebackLines(outlooks),
  ];
}

/** `redis-3 in 1.3 to 1.6 s, because of its higher offset (+1,204 B)` */
function whom({ elected, because, reaches, times, heldUp }: Election): string {
  if (elected === null || times === null) {
    const seen = reaches === 'up' ? '' : `, it stays ${reaches}`;
    return `none${seen} (${because})`;
  }
  const why =
    elected.rule === 'only' ? `, because ${elected.because}` : `, because of ${elected.because}`;
  const held = heldUp === null ? '' : `; ${heldUp}`;
  return `${elected.replica} in ${rangeText(times.firstWrite)}${why}${held}`;
}

function after({ election: { times, following, leftOut } }: Outlook): string[] {
  if (times === null) return [];
  const follow =
    following.length === 0
      ? []
      : [`  ${following.join(', ')} ${following.length === 1 ? 'follows' : 'follow'} it`];
  const never = leftOut.map(({ replica, because }) => `  never ${replica}: ${because}`);
  const named = `  the other sentinels name it after ${rangeText(times.othersName)}, the one that leads after ${rangeText(times.leaderNames)}`;
  return [...follow, ...never, named];
}

function comebackLines(outlooks: readonly Outlook[]): string[] {
  return outlooks.flatMap(({ how, election, comeback: { demotedAfter, loses } }) => {
    if (election.elected === null || demotedAfter === null) return [];
    const back = { kill: 'started again by itself', hang: 'it wakes', cut: 'joined again' }[how];
    return [`when ${back} it is a second master; lost is ${loses}`];
  });
}
