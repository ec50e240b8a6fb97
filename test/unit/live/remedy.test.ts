import { beforeEach, describe, expect, it } from 'vitest';
import { hintFor } from '../../../src/cli/hints/index.js';
import { DeadlineError } from '../../../src/errors.js';
import { withRemedy } from '../../../src/live/remedy.js';
import { ServerStoppedError } from '../../../src/live/server-exit.js';
import { ReplyError } from '../../../src/redis/node.js';
import { FakeRun } from '../../support/run.js';

let run: FakeRun;
beforeEach(async () => {
  run = new FakeRun();
  await run.start();
});

const place = () => ({
  topology: 'demo',
  runtime: run.runtime,
  connect: (node: string, port: number) => run.servers.connect(run.runtime, node, port),
});

describe('after a refusal', () => {
  it.each([
    ['NOAUTH Authentication required.', "-a PASSWORD CONFIG SET requirepass ''"],
    ['WRONGPASS invalid username-password pair', '`rrepl restart redis-1 --name demo`'],
    ['NOPERM this user has no permissions', '`rrepl restart redis-1 --name demo`'],
    ['MISCONF Redis is configured to save', '`rrepl cli redis-1 --name demo -- BGSAVE`'],
    ['MISCONF Errors writing to the AOF file: No space', 'it goes on by itself'],
    ['ERR max number of clients reached', '`rrepl logs redis-1 --name demo`'],
  ])('%s', async (reply, hint) => {
    const error = await withRemedy(new ReplyError(reply, 'redis-1'), place());
    expect(error).toMatchObject({ message: `redis-1 answers ${reply}`, exitCode: 1 });
    expect(hintFor(error)).toContain(hint);
  });

  it('of nobody knows whom, and any other error: as it is', async () => {
    for (const error of [new ReplyError('ERR'), new DeadlineError('late'), 'oops']) {
      expect(await withRemedy(error, place())).toBe(error);
    }
  });
});

describe('after a stop', () => {
  const DAMAGE = '1:S 26 Nov 2026 06:44:15.300 # Bad file format reading the append only file';
  const SET_ASIDE = 'docker run --rm --volumes-from rrepl-demo-redis-2 --entrypoint sh redis:6.0';

  async function hint(node: string, log: string[]): Promise<string | undefined> {
    const container = `rrepl-demo-${node}`;
    await run.runtime.killContainer(container, 'SIGKILL');
    const stopped = new ServerStoppedError(`${node} exited`, { node, container }, log);
    const error = await withRemedy(stopped, place());
    expect(error).toMatchObject({ message: `${node} exited`, exitCode: 4 });
    return hintFor(error);
  }

  it('for a damaged copy: another one of a replica whose master answers', async () => {
    const words = await hint('redis-2', [DAMAGE]);
    expect(words).toContain('redis-1, the master, answers');
    expect(words).toContain(SET_ASIDE);
    expect(words).toContain('rrepl heal --name demo');
    expect(words).not.toMatch(/\brm\b [^-]|volume rm/);
  });

  it.each<[string, string, string[], () => Promise<void>]>([
    ['of the master', 'redis-1', [DAMAGE], async () => {}],
    ['for another reason', 'redis-2', ['# Out Of Memory allocating'], async () => {}],
    [
      'while no master answers',
      'redis-2',
      [DAMAGE],
      () => run.runtime.killContainer('rrepl-demo-redis-1', 'SIGKILL'),
    ],
  ])('nothing of the kind %s', async (_, node, log, before) => {
    await before();
    expect(await hint(node, log)).toBe(`\`rrepl logs ${node} --name demo\` shows more`);
  });
});
