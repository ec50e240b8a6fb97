/** Whether Sentinel could fail over: what each sentinel believes, how many can take part, and whether servers let them. */
import { SENTINEL_USER } from '../access/conf-lines.js';
import { ableAmong, electionProblem, readSentinels } from '../live/sentinel-status.js';
import { ReplyError } from '../redis/node.js';
import { sleep } from '../sleep.js';
import { type CheckResult, type Claim, finding, runCheck } from './check.js';
import { type CheckedNode, type CheckRun, unanswered } from './check-run.js';

const SENTINEL: Claim = {
  id: 'sentinel',
  claim: 'the sentinel names the one master, and sees all servers and all others',
};
const ELECTION: Claim = {
  id: 'election',
  claim: 'enough sentinels can take part to find a master down and to elect another',
};
const RIGHTS: Claim = {
  id: 'failover-rights',
  claim: 'the server lets sentinels do what a failover needs',
};

const PATIENCE_MS = 3000;
const LOOK_MS = 200;
/** A peer that has not answered may be young: nothing is known of it. */
const YOUNG = /has not answered its PING yet|has not told it who it is/;

/** Empty where there are none. */
export async function sentinels(run: CheckRun): Promise<CheckResult[]> {
  const { live, signal } = run;
  if (live.sentinels.length === 0) return [];
  const master = run.master?.name ?? null;
  const { deadline } = run.within(PATIENCE_MS);
  let seen = await readSentinels(live, master);
  // A PING may be under way, and a server that was just promoted not asked yet.
  while (seen.some(({ problem }) => problem !== null) && deadline.remainingMs() > 0) {
    await sleep(LOOK_MS, signal);
    seen = await readSentinels(live, master);
  }
  const election = runCheck(ELECTION, null, signal, async () => {
    const problem = electionProblem(seen);
    const able = ableAmong(seen).length;
    const expected = 'a majority, and as many as the quorum';
    return finding(
      problem === null ? 'pass' : 'fail',
      expected,
      problem ?? `${able} of ${seen.length} can`,
    );
  });
  const each = seen.map(({ name, problem, master: named }) =>
    runCheck(SENTINEL, name, signal, async () => {
      const expected = `${master ?? 'one master'}, all servers and all other sentinels`;
      if (problem === null) return finding('pass', expected, `${named} and all of them`);
      return finding(YOUNG.test(problem) ? 'unknown' : 'fail', expected, problem);
    }),
  );
  const rights = run.nodes.map((node) =>
    runCheck(RIGHTS, node.name, signal, async () => unanswered(node) ?? rightsOf(run, node)),
  );
  return Promise.all([election, ...each, ...rights]);
}

/** What sentinels send to servers (src/sentinel.c); without one of the first six all settles, and nothing is ever failed over. */
const NEEDED = [
  ['slaveof', 'no', 'one'],
  ['config', 'rewrite'],
  ['client', 'kill', 'type', 'normal'],
  ['multi'],
  ['exec'],
  ['ping'],
  ['info'],
  ['publish', '__sentinel__:hello', ''],
  ['subscribe', '__sentinel__:hello'],
] as const;

async function rightsOf({ live: { access } }: CheckRun, { redis }: CheckedNode) {
  const expected = 'all that sentinels send';
  if (!access?.login) return finding('pass', expected, 'everyone may do all');
  const denied: string[] = [];
  for (const command of NEEDED) {
    const said = await dryRun(() => redis.call('ACL', 'DRYRUN', SENTINEL_USER, ...command));
    if (said === null) return byRules(String(await redis.call('ACL', 'LIST')), expected);
    if (said !== 'OK') denied.push(command.slice(0, 2).join(' '));
  }
  const seen = denied.length === 0 ? `user ${SENTINEL_USER} may` : `may not ${denied.join(', ')}`;
  return finding(denied.length === 0 ? 'pass' : 'fail', expected, seen);
}

/** Null before 7.0, which has no such command. */
async function dryRun(ask: () => Promise<unknown>): Promise<string | null> {
  try {
    return String(await ask());
  } catch (error) {
    if (error instanceof ReplyError && /unknown (sub)?command|subcommand/i.test(error.message)) {
      return null;
    }
    if (error instanceof ReplyError) return error.reply;
    throw error;
  }
}

const WORDS = ['+slaveof', '+config|rewrite', '+client|kill', '+multi', '+exec', '+ping', '+info'];

/** By what its rights say: the words that rrepl writes. */
function byRules(list: string, expected: string) {
  const own = list.split(',').find((it) => it.startsWith(`user ${SENTINEL_USER} `)) ?? '';
  const all = /\+@all\b/.test(own);
  const missing = [...WORDS, '+publish', '+subscribe'].filter((it) => !own.includes(it));
  if (all || missing.length === 0) {
    return finding('pass', expected, `user ${SENTINEL_USER} may`);
  }
  return finding('fail', expected, own === '' ? 'no such user' : `lacks ${missing.join(' ')}`);
}
