import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectNode } from '../../../src/redis/ioredis-node.js';
import { NoReplyError, type RedisNode, ReplyError } from '../../../src/redis/node.js';
import { ACCESS, PASSWORD } from '../../support/access.js';
import { type Act, finish, hang, reply, reset, ScriptedServer } from './scripted-server.js';

const SET = '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n';
const PING = '*1\r\n$4\r\nPING\r\n';

let server: ScriptedServer;
let node: RedisNode;

const TIMES = { connectTimeoutMs: 500, replyTimeoutMs: 100 };
const address = () => ({ name: 'redis-1', host: '127.0.0.1', port: server.port, ...TIMES });

async function serve(...script: Act[]) {
  server = await ScriptedServer.listen(...script);
  node = connectNode(address());
}

async function noReply(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NoReplyError);
  return (error as NoReplyError).message;
}

afterEach(async () => {
  node.close();
  await server.close();
});

describe('the connection', () => {
  it('is opened by the first call and carries nothing but commands', async () => {
    await serve(reply('+OK\r\n'), reply('+PONG\r\n'));
    await sleep(20);
    expect(server.connections).toBe(0);
    expect(await node.call('SET', 'k', 'v')).toBe('OK');
    expect(await node.call('PING')).toBe('PONG');
    expect(server.connections).toBe(1);
    expect(server.received).toEqual([SET, PING]);
  });

  it('is shared by calls made at once, in their order and in one write', async () => {
    const atOnce = vi.spyOn(Socket.prototype, '_writev');
    await serve(reply('+OK\r\n+PONG\r\n'));
    const replies = await Promise.all([node.call('SET', 'k', 'v'), node.call('PING')]);
    expect(replies).toEqual(['OK', 'PONG']);
    expect(server.connections).toBe(1);
    expect(server.received.join('')).toBe(SET + PING);
    expect(atOnce).toHaveBeenCalledTimes(1);
    atOnce.mockRestore();
  });
});

describe('a login', () => {
  const AUTH = '*3\r\n$4\r\nAUTH\r\n$3\r\napp\r\n$23\r\nthe-password-of-clients\r\n';

  async function serveSecured(...script: Act[]) {
    await serve(...script);
    node = connectNode({ ...address(), access: { ...ACCESS, authority: null } });
  }

  it('goes before the first command of a connection', async () => {
    await serveSecured(reply('+OK\r\n'), reply('+PONG\r\n'), reply('+PONG\r\n'));
    await node.call('PING');
    await node.call('PING');
    expect(server.received).toEqual([AUTH, PING, PING]);
  });

  it('that is refused is the answer to the command, which is never sent', async () => {
    await serveSecured(reply('-WRONGPASS invalid username-password pair\r\n'));
    const failure = await node.call('SET', 'k', 'v').catch((error: ReplyError) => error);
    expect(failure).toBeInstanceOf(ReplyError);
    expect(failure).toMatchObject({ replyCode: 'WRONGPASS' });
    expect(server.received).toEqual([AUTH]);
    expect(inspect(failure)).not.toContain(PASSWORD);
  });

  it('that is never answered times out', async () => {
    await serveSecured(hang);
    expect(await noReply(node.call('PING'))).toContain('timed out after 100 ms');
  });
});

describe('replies', () => {
  it('an error is a ReplyError', async () => {
    await serve(reply("-READONLY You can't write against a read only replica.\r\n"));
    const failure = node.call('SET', 'k', 'v');
    await expect(failure).rejects.toThrow(ReplyError);
    await expect(failure).rejects.toMatchObject({
      replyCode: 'READONLY',
      reply: "READONLY You can't write against a read only replica.",
      message: "redis-1 answers READONLY You can't write against a read only replica.",
    });
  });

  it('keeps numbers, nulls and lists', async () => {
    await serve(reply('*3\r\n:7\r\n$-1\r\n*1\r\n$1\r\na\r\n'));
    expect(await node.call('X')).toEqual([7, null, ['a']]);
  });
});

describe.each([
  ['finished', finish],
  ['reset', reset],
])('a connection that is %s between command and reply', (_, cut) => {
  beforeEach(async () => {
    await serve(cut, reply('+PONG\r\n'));
  });

  it('gives NoReplyError, and the command was sent exactly once', async () => {
    const reason = await noReply(node.call('SET', 'k', 'v'));
    expect(reason).toMatch(/^no reply from redis-1 to SET: \w/);
    await sleep(150);
    expect(server.received).toEqual([SET]);
    expect(server.connections).toBe(1);
  });

  it('is replaced by the next call', async () => {
    await noReply(node.call('SET', 'k', 'v'));
    expect(await node.call('PING')).toBe('PONG');
    expect(server.received).toEqual([SET, PING]);
    expect(server.connections).toBe(2);
  });
});

describe('reasons', () => {
  it('ECONNRESET', async () => {
    await serve(reset);
    expect(await noReply(node.call('PING'))).toContain('ECONNRESET');
  });

  it('the server closed the connection', async () => {
    await serve(finish);
    expect(await noReply(node.call('PING'))).toContain('the server closed the connection');
  });

  it('ECONNREFUSED', async () => {
    await serve();
    await server.close();
    expect(await noReply(node.call('PING'))).toContain('ECONNREFUSED');
  });

  it('a server that does not speak RESP', async () => {
    await serve(reply('HTTP/1.1 400 Bad Request\r\n'), reply('+PONG\r\n'));
    expect(await noReply(node.call('PING'))).toContain('no reply from redis-1 to PING: ');
    expect(await node.call('PING')).toBe('PONG');
  });

  it('a reply that is overdue ends the connection', async () => {
    await serve(hang, reply('+PONG\r\n'));
    expect(await noReply(node.call('SET', 'k', 'v'))).toContain('timed out after 100 ms');
    expect(await node.call('PING')).toBe('PONG');
    expect(server.connections).toBe(2);
    expect(server.open).toBe(1);
  });

  it('a host that does not answer', async () => {
    await serve();
    const unreachable = { name: 'x', host: '192.0.2.1', port: 1, replyTimeoutMs: 1000 };
    const call = connectNode({ ...unreachable, connectTimeoutMs: 50 }).call('PING');
    expect(await noReply(call)).toMatch(/E[A-Z]+$/);
  });
});

describe('between calls', () => {
  it('a connection that was cut while idle is replaced', async () => {
    await serve(reply('+PONG\r\n'), reply('+PONG\r\n'));
    await node.call('PING');
    server.cut();
    await sleep(20);
    expect(await node.call('PING')).toBe('PONG');
    expect(server.connections).toBe(2);
  });
});

describe('disconnect', () => {
  it('fails what is in flight, and may be called twice and before any call', async () => {
    await serve(hang, reply('+PONG\r\n'));
    node.disconnect();
    const call = noReply(node.call('SET', 'k', 'v'));
    await sleep(20);
    node.disconnect();
    node.disconnect();
    expect(await call).toContain('closed');
    expect(await node.call('PING')).toBe('PONG');
  });
});

describe('close', () => {
  it('fails what is in flight and what is asked later', async () => {
    await serve(hang, reply('+PONG\r\n'));
    const call = noReply(node.call('SET', 'k', 'v'));
    await sleep(20);
    node.close();
    node.close();
    expect(await call).toContain('closed');
    expect(await noReply(node.call('PING'))).toContain('closed');
    expect(server.connections).toBe(1);
  });

  it('fails a call whose connection is not open yet, and sends nothing', async () => {
    await serve(hang);
    const call = noReply(node.call('SET', 'k', 'v'));
    node.close();
    expect(await call).toContain('closed');
    expect(server.received).toEqual([]);
  });

  it('leaves no connection behind', async () => {
    await serve(reply('+PONG\r\n'));
    await node.call('PING');
    node.close();
    await expect.poll(() => server.open).toBe(0);
    expect(process.getActiveResourcesInfo()).not.toContain('TCPSocketWrap');
  });
});
