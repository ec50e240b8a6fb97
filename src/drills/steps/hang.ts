/** Steps around a master that hangs: it is reached, takes commands into its sockets, and answers none. */
import { count, duration } from '../../format.js';
import { containerOf } from '../../live/live-topology.js';
import { askNode, configValue } from '../../redis/ask.js';
import { type RedisNode, ReplyError } from '../../redis/node.js';
import { waitUntil } from '../../redis/wait.js';
import type { Step } from '../drill.js';
import type { Stage } from '../stage.js';
import { type Tally, writeOne } from './tally.js';

/** Seconds. Only while they wait: at a second, a stall of the machine would break links later on. */
const NOTICE_AFTER = '1';
const NOTICE_MS = 30_000;

/** With `repl-timeout` lowered for this, so that the drill is short. The hung master gets a PING meanwhile. */
export const notice = (master: string, replicas: readonly string[]): Step => ({
  kind: 'check',
  id: 'silence',
  nodes: [master, ...replicas],
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

const CLIENTS = 5;

/** The clients of a master that hangs don't know that it does; what they send waits in its sockets. */
export function sendToHung(
  master: string,
  writes: number,
  tally: Tally,
): { readonly send: Step; readonly wake: Step } {
  let sent: Promise<unknown> = Promise.resolve();
  const send: Step = {
    kind: 'write',
    says: `${CLIENTS} clients send ${count(writes)} writes to ${master}`,
    nodes: [master],
    run: async (stage) => {
      const clients: RedisNode[] = Array.from({ length: CLIENTS }, () =>
        stage.live.connect(master),
      );
      for (const client of clients) stage.atEnd(client.close);
      const each = Array.from({ length: writes }, (_, at) => {
        const client = clients[at % CLIENTS];
        return client && writeOne(client, `${master}:${at}`, tally);
      });
      sent = Promise.all(each);
    },
  };
  /** Resolves when it has answered what it found in its sockets. */
  const wake: Step = {
    kind: 'repair',
    says: `wake ${master}; it answers what is in its sockets`,
    nodes: [master],
    run: async (stage) => {
      const { acknowledged, refused } = tally;
      const early = acknowledged.length + refused.length;
      await stage.live.runtime.unpauseContainer(containerOf(stage.node(master)));
      await sent;
      stage.check({
        id: 'buffered',
        node: master,
        verdict: early === 0 ? 'pass' : 'fail',
        claim: 'it had answered none of the writes while it hung',
        expected: '0 answered',
        seen: `${count(early)} answered, then ${count(acknowledged.length + refused.length)}`,
      });
    },
  };
  return { send, wake };
}

/** Resolves when it has read that its replicas have left. */
export const wakeAlone = (master: string): Step => ({
  kind: 'repair',
  says: `wake ${master}; it finds its replicas gone`,
  nodes: [master],
  run: async (stage) => {
    const { redis } = stage.node(master);
    await stage.live.runtime.unpauseContainer(containerOf(stage.node(master)));
    const look = async () =>
      (await askNode(redis)).replication.replicas.length === 0 ? true : undefined;
    const describe = () => `${master} to read that its replicas are gone`;
    await waitUntil(look, { ...stage.within(NOTICE_MS), everyMs: 5, describe });
  },
});
