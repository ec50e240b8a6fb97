/** Steps around a master that hangs: it is reached, takes commands into its sockets, and answers none. */
import { count, duration } from '../../format.js';
import { containerOf } from '../../live/live-topology.js';
import { askNode, configValue } from '../../redis/ask.js';
import { type RedisNode, ReplyError } from '../../redis/node.js';
import { waitUntil } from '../../redis/wait.js';
import type { Step } from '../drill.js';
import { type Stage, slot } from '../stage.js';
import { emptyTally, tallyOf, writeOne } from './tally.js';

/** Seconds. Only while they wait: at a second, a stall of the machine would break links later on. */
const NOTICE_AFTER = '1';
const NOTICE_MS = 30_000;

/** With `repl-timeout` lowered for this, so that the drill is short. The hung master gets a PING meanwhile. */
export const notice = (master: string, replicas: readonly string[]): Step => ({
  kind: 'check',
  says: `do ${replicas.join(', ')} notice that ${master} hangs? (repl-timeout ${NOTICE_AFTER})`,
  run: async (stage) => {
    const knock = stage.live.connect(master);
    stage.atEnd(knock.close);
    let answer: string | null = null;
    const heard = (words: string) => {
      answer = words;
    };
    knock.call('PING').then(
      () => heard('PONG'),
      (error) => error instanceof ReplyError && heard(error.reply),
    );
    const began = stage.timeline.clock();
    await Promise.all(replicas.map((name) => untilNoticed(stage, name)));
    const took = duration(stage.timeline.clock() - began);
    stage.check({
      id: 'silence',
      node: master,
      verdict: answer === null ? 'pass' : 'fail',
      claim: 'it takes connections and answers nothing until its replicas give up',
      expected: 'no answer to a PING',
      seen: `${answer ?? 'no answer'} to a PING, and they gave up after ${took}`,
    });
  },
});

async function untilNoticed(stage: Stage, name: string): Promise<void> {
  const { redis } = stage.node(name);
  const usual = await configValue(redis, 'repl-timeout');
  await redis.call('CONFIG', 'SET', 'repl-timeout', NOTICE_AFTER);
  const look = async () => ((await askNode(redis)).replication.link?.up ? undefined : true);
  const describe = () => `${name} to give up its master`;
  await waitUntil(look, { ...stage.within(NOTICE_MS), everyMs: 10, describe });
  await redis.call('CONFIG', 'SET', 'repl-timeout', usual);
}

const BUFFERED = slot<Promise<unknown>>('writes in the sockets of a hung master');
const CLIENTS = 5;

/** The clients don't know that it hangs; what they send waits in its sockets. */
export const sendToHung = (master: string, writes: number): Step => ({
  kind: 'write',
  says: `${CLIENTS} clients send ${count(writes)} writes to ${master}`,
  run: async (stage) => {
    const tally = emptyTally();
    stage.keep(tallyOf(master), tally);
    const clients: RedisNode[] = Array.from({ length: CLIENTS }, () => stage.live.connect(master));
    for (const client of clients) stage.atEnd(client.close);
    const sent = Array.from({ length: writes }, (_, at) => {
      const client = clients[at % CLIENTS];
      return client && writeOne(client, `${master}:${at}`, tally);
    });
    stage.keep(BUFFERED, Promise.all(sent));
  },
});

/** Resolves when it has read that its replicas have left. */
export const wakeAlone = (master: string): Step => ({
  kind: 'repair',
  says: `wake ${master}; it finds its replicas gone`,
  run: async (stage) => {
    const { redis } = stage.node(master);
    await stage.live.runtime.unpauseContainer(containerOf(stage.node(master)));
    const look = async () =>
      (await askNode(redis)).replication.replicas.length === 0 ? true : undefined;
    const describe = () => `${master} to read that its replicas are gone`;
    await waitUntil(look, { ...stage.within(NOTICE_MS), everyMs: 5, describe });
  },
});

/** Wakes it, and waits until it has answered what it found in its sockets. */
export const wakeAndAnswer = (master: string): Step => ({
  kind: 'repair',
  says: `wake ${master}; it answers what is in its sockets`,
  run: async (stage) => {
    const { acknowledged, refused } = stage.recall(tallyOf(master));
    const early = acknowledged.length + refused.length;
    await stage.live.runtime.unpauseContainer(containerOf(stage.node(master)));
    await stage.recall(BUFFERED);
    stage.check({
      id: 'buffered',
      node: master,
      verdict: early === 0 ? 'pass' : 'fail',
      claim: 'it had answered none of the writes while it hung',
      expected: '0 answered',
      seen: `${count(early)} answered, then ${count(acknowledged.length + refused.length)}`,
    });
  },
});
