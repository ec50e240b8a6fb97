import { describe, expect, it } from 'vitest';
import { noteText } from '../../../src/cli/hints/index.js';
import type { ContainerWish, Directive } from '../../../src/topology/topology.js';
import { CONTAINERS, isUp, nothing, planOf, topology } from '../../support/topologies.js';

/** A topology whose redis-2 has directives of its own. */
function wish(containers: Partial<ContainerWish>, ...directives: Directive[]) {
  const wanted = topology({ replicas: 1, containers: { ...CONTAINERS, ...containers } });
  const nodes = wanted.nodes.map((node) =>
    node.name === 'redis-2' ? { ...node, directives } : node,
  );
  return { ...wanted, nodes };
}

const notes = (wanted: ReturnType<typeof wish>) =>
  planOf(wanted, nothing(wanted)).notes.map(noteText);

const everywhere = (wanted: ReturnType<typeof wish>, ...directives: Directive[]) => ({
  ...wanted,
  nodes: wanted.nodes.map((node) => ({ ...node, directives })),
});

const AOF = { name: 'appendonly', args: ['yes'] };
const NO_SAVE = { name: 'save', args: [''] };

describe('a restart policy', () => {
  it('says what a crash loses with snapshots alone', () => {
    expect(notes(wish({ restart: 'always' }))).toEqual([
      expect.stringMatching(/^restart always: .*last snapshot.*`--set appendonly=yes`/),
    ]);
  });

  it('says that one node without persistence is enough to empty all', () => {
    expect(notes(wish({ restart: 'on-failure' }, NO_SAVE))).toEqual([
      expect.stringMatching(/^restart on-failure: .*restarts empty.*replicas empty themselves/),
    ]);
  });

  it('needs no warning where every write is kept', () => {
    expect(notes(everywhere(wish({ restart: 'always' }), AOF))).toEqual([]);
  });
});

describe('a memory limit', () => {
  it('asks for maxmemory', () => {
    expect(notes(wish({ memoryBytes: 256 * 2 ** 20 }))).toEqual([
      expect.stringMatching(/^memory 256.0 MB and no maxmemory: .*`--set maxmemory=128mb`/),
    ]);
  });

  it('is understood with it', () => {
    const limited = everywhere(wish({ memoryBytes: 256 * 2 ** 20 }), {
      name: 'maxmemory',
      args: ['100mb'],
    });
    expect(notes(limited)).toEqual([]);
  });
});

it('says that other machines are let in', () => {
  expect(notes(wish({ bind: '0.0.0.0' }))).toEqual([
    'published on 0.0.0.0: other machines reach the servers',
  ]);
});

it('says nothing again when nothing is made', () => {
  const wanted = wish({ restart: 'always', memoryBytes: 2 ** 28, bind: '0.0.0.0' });
  expect(planOf(wanted, isUp(wanted)).notes).toEqual([]);
});

it('says again what can not work, with the way out', () => {
  const conf = ['maxmemory 50mb', 'repl-backlog-size 64mb'].map((line) => {
    const [name = '', ...args] = line.split(' ');
    return { name, args };
  });
  const wanted = everywhere(wish({}), ...conf);
  expect(planOf(wanted, isUp(wanted)).notes.map(noteText)).toEqual([
    expect.stringMatching(/^repl-backlog-size 64mb .*50\.0 MB.*`--set repl-backlog-size=12mb`/),
  ]);
});
