import { beforeEach, describe, expect, it } from 'vitest';
import { TrafficCounter } from '../../../src/door/traffic.js';

let now: number;
let counter: TrafficCounter;
beforeEach(() => {
  now = 0;
  counter = new TrafficCounter({ clock: () => now, readable: true, leads: 'master' });
});

const commands = () => counter.traffic().commands;
const silences = () => counter.traffic().silences;

describe('commands and their answers', () => {
  it('counts answers, refusals, other errors and what is never answered', () => {
    const one = counter.connection();
    for (let sent = 0; sent < 5; sent += 1) one.command(['SET', 'k']);
    one.reply('+OK');
    one.reply('-READONLY You can not write');
    one.reply('-WRONGTYPE no');
    one.end('cut');
    expect(commands()).toEqual({
      sent: 5,
      answered: 2,
      refused: 1,
      unanswered: 2,
      errors: { READONLY: 1, WRONGTYPE: 1 },
    });
  });

  it('takes no push for an answer, and leaves out what an old server does not know of a greeting', () => {
    const one = counter.connection();
    one.command(['CLIENT', 'SETINFO']);
    one.command(['GET', 'k']);
    one.reply('-ERR unknown subcommand');
    one.reply('>2');
    expect(commands()).toMatchObject({ answered: 1, errors: {} });
    one.reply('$1');
    expect(commands()).toMatchObject({ answered: 2 });
  });
});

it('leaves out what is no answer to one command, and counts what refuses to begin that', () => {
  const one = counter.connection();
  for (const command of ['GET', 'SUBSCRIBE', 'UNSUBSCRIBE']) one.command([command, 'k']);
  one.reply('$-1');
  one.reply('*3');
  one.reply('-NOPERM no');
  expect(commands()).toEqual({
    ...{ sent: 1, answered: 1, refused: 0, unanswered: 0 },
    errors: { NOPERM: 1 },
  });
});

it('takes READONLY of a replica for the answer that it is', () => {
  const replicas = new TrafficCounter({ clock: () => now, readable: true, leads: 'replica' });
  const one = replicas.connection();
  one.command(['SET', 'k']);
  one.reply('-READONLY no');
  now = 5000;
  expect(replicas.traffic()).toMatchObject({ commands: { answered: 1, refused: 0 }, silences: [] });
});

describe('silences', () => {
  it('are none while everything is answered', () => {
    const one = counter.connection();
    for (now = 0; now < 1000; now += 10) {
      one.command(['GET']);
      one.reply('$-1');
    }
    one.end('client');
    now = 60_000;
    expect(silences()).toEqual([]);
  });

  it('go from the command that a cut left unanswered to the next answer, not to a greeting', () => {
    const one = counter.connection();
    now = 100;
    one.command(['SET']);
    now = 110;
    one.end('cut');
    now = 200;
    const two = counter.connection();
    two.command(['INFO']);
    two.reply('$5');
    two.command(['SET']);
    now = 210;
    two.reply('+OK');
    expect(silences()).toEqual([{ fromMs: 100, toMs: 210 }]);
  });

  it('begin with the cut of a connection that was in use, and not of an idle one', () => {
    const one = counter.connection();
    one.command(['SET']);
    one.reply('+OK');
    now = 500;
    one.end('cut');
    now = 600;
    const two = counter.connection();
    two.command(['SET']);
    two.reply('+OK');
    expect(silences()).toEqual([{ fromMs: 500, toMs: 600 }]);
    now = 5000;
    two.end('cut');
    now = 9000;
    const three = counter.connection();
    three.command(['SET']);
    three.reply('+OK');
    expect(silences()).toHaveLength(1);
  });

  it('are none after the end that a server makes to a connection whose commands it has answered', () => {
    const one = counter.connection();
    one.command(['SET']);
    one.reply('+OK');
    one.command(['QUIT']);
    one.reply('+OK');
    one.end('server');
    now = 5000;
    expect(counter.traffic()).toMatchObject({ connections: { cut: 0 }, silences: [] });
    const two = counter.connection();
    two.command(['SET']);
    two.end('server');
    now = 6000;
    expect(silences()).toEqual([{ fromMs: 5000, toMs: null }]);
  });

  it('begin with the refusal of a command that was let wait, not when it was sent', () => {
    const one = counter.connection();
    one.command(['BLPOP', 'list']);
    now = 4000;
    one.reply('-UNBLOCKED the instance is no master any more');
    now = 4500;
    one.command(['BLPOP', 'list']);
    one.command(['GET']);
    one.reply('*2');
    one.reply('$1');
    expect(silences()).toEqual([{ fromMs: 4000, toMs: 4500 }]);
  });

  it('go on through refusals', () => {
    const one = counter.connection();
    for (now = 0; now < 100; now += 10) {
      one.command(['SET']);
      one.reply('-NOREPLICAS no');
    }
    one.command(['SET']);
    one.reply('+OK');
    expect(silences()).toEqual([{ fromMs: 0, toMs: 100 }]);
  });

  it('have no end while a server hangs, and are none for commands that may wait', () => {
    const [one, two] = [counter.connection(), counter.connection()];
    two.command(['BLPOP', 'list']);
    now = 1000;
    expect(silences()).toEqual([]);
    one.command(['GET']);
    now = 3000;
    expect(silences()).toEqual([{ fromMs: 1000, toMs: null }]);
    one.reply('$1');
    expect(silences()).toEqual([{ fromMs: 1000, toMs: 3000 }]);
    now = 9000;
    two.reply('*2');
    expect(silences()).toHaveLength(1);
  });

  it('count for a program as a whole: another connection that is answered ends them', () => {
    const [one, two] = [counter.connection(), counter.connection()];
    one.command(['EVAL']);
    for (now = 0; now < 500; now += 10) {
      two.command(['GET']);
      two.reply('$1');
    }
    one.reply('$1');
    expect(silences()).toEqual([]);
  });
});

it('counts bytes and connections only where nothing can be read', () => {
  const closed = new TrafficCounter({ clock: () => now, readable: false, leads: 'master' });
  closed.connection().end('cut');
  expect(closed.traffic()).toEqual({
    connections: { opened: 1, cut: 1, turnedAway: 0 },
    bytes: { sent: 0, received: 0 },
    commands: null,
    silences: null,
  });
});
