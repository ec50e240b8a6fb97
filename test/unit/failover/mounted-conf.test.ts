import { beforeEach, describe, expect, it } from 'vitest';
import { accessLines } from '../../../src/access/conf-lines.js';
import { CONF_FILE } from '../../../src/docker/names.js';
import { EngineError } from '../../../src/errors.js';
import { writeRole } from '../../../src/failover/mounted-conf.js';
import { ACCESS, REPLICATION_PASSWORD } from '../../support/access.js';
import { FakeRun, rejection } from '../../support/run.js';

const MASTER = 'rrepl-demo-redis-1';
const REPLICA = 'rrepl-demo-redis-2';

let run: FakeRun;
beforeEach(async () => {
  run = new FakeRun();
  await run.start();
});

const conf = (container: string): string => run.runtime.file(container, CONF_FILE)?.text ?? '';

describe('the role in a redis.conf', () => {
  it('of a stopped master becomes that of a replica, and nothing else changes', async () => {
    const before = conf(MASTER);
    await run.runtime.killContainer(MASTER, 'SIGKILL');
    await writeRole(run.runtime, MASTER, 'redis-2');
    expect(conf(MASTER)).toBe(`${before.replace(/\n*$/, '\n')}replicaof redis-2 6379\n`);
  });

  it('of a replica becomes that of a master', async () => {
    await writeRole(run.runtime, REPLICA, null);
    expect(conf(REPLICA)).not.toMatch(/^replicaof/m);
    expect(conf(REPLICA)).toContain('appendonly no');
  });

  it('belongs to the server, that must be able to rewrite it', async () => {
    await writeRole(run.runtime, MASTER, 'redis-2');
    expect(run.runtime.file(MASTER, CONF_FILE)?.owner).toBe('999:999');
  });

  it('belongs to the user that the container starts as, if there is one', async () => {
    const wanted = run.runtime.containers.get(MASTER);
    if (wanted === undefined) throw new Error('no container');
    Object.assign(wanted.spec, { user: '1000:1001' });
    await writeRole(run.runtime, MASTER, 'redis-2');
    expect(run.runtime.file(MASTER, CONF_FILE)?.owner).toBe('1000:1001');
  });

  it('stays hidden from others if it holds a secret', async () => {
    await writeRole(run.runtime, MASTER, 'redis-2');
    expect(run.runtime.file(MASTER, CONF_FILE)?.mode).toBe(0o644);
    const text = run.runtime.file(MASTER, CONF_FILE)?.text ?? '';
    run.runtime.put(MASTER, CONF_FILE, text + accessLines(ACCESS));
    await writeRole(run.runtime, MASTER, 'redis-3');
    expect(run.runtime.file(MASTER, CONF_FILE)).toMatchObject({
      mode: 0o600,
      text: expect.stringContaining(`masterauth ${REPLICATION_PASSWORD}`),
    });
  });

  it('is what the server starts with', async () => {
    await run.runtime.stopContainer(MASTER);
    await writeRole(run.runtime, MASTER, 'redis-2');
    await run.runtime.startContainer(MASTER);
    const server = run.servers.connect(run.runtime, 'redis-1', 6381);
    expect(await server.call('CONFIG', 'GET', 'replicaof')).toEqual(['replicaof', 'redis-2 6379']);
  });

  it('of a container without a file can not be written, and no file appears', async () => {
    const volume = run.runtime.volumes.get(`${MASTER}-conf`);
    volume?.files.clear();
    const error = await rejection(writeRole(run.runtime, MASTER, 'redis-2'));
    expect(error).toBeInstanceOf(EngineError);
    expect(error.message).toBe(`${MASTER} has no ${CONF_FILE}`);
    expect(volume?.files.size).toBe(0);
  });
});
