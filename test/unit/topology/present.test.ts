import { describe, expect, it } from 'vitest';
import { chooseNodes, type Present, presentDirectives } from '../../../src/topology/present.js';

const present = (names: readonly string[], master: string | null): Present => ({
  images: [],
  dir: null,
  containers: null,
  port: null,
  master,
  nodes: names.map((name) => ({ name, directives: [] })),
});

const names = (...args: Parameters<typeof chooseNodes>) =>
  chooseNodes(...args).map(({ name, upstream }) => `${name}<${upstream ?? '-'}`);

describe('chooseNodes', () => {
  const three = ['redis-1', 'redis-2', 'redis-3'];

  it('keeps all if nothing is said', () => {
    expect(names(null, present(three, 'redis-2'))).toEqual([
      'redis-2<-',
      'redis-1<redis-2',
      'redis-3<redis-2',
    ]);
  });

  it('takes from the end, and never the master', () => {
    expect(names(1, present(three, 'redis-3'))).toEqual(['redis-3<-', 'redis-1<redis-3']);
    expect(names(0, present(three, 'redis-2'))).toEqual(['redis-2<-']);
  });

  it('adds under the lowest names that are free', () => {
    const added = names(4, present(['redis-2', 'redis-4'], 'redis-2'));
    expect(added).toEqual([
      'redis-2<-',
      'redis-4<redis-2',
      'redis-1<redis-2',
      'redis-3<redis-2',
      'redis-5<redis-2',
    ]);
  });

  it('takes none as long as the master is not known', () => {
    expect(names(0, present(three, null))).toHaveLength(3);
    expect(names(3, present(three, null))).toHaveLength(4);
    const chosen = { ...present(three, 'redis-2'), chosen: true };
    expect(names(0, chosen)).toEqual(['redis-2<-', 'redis-1<redis-2', 'redis-3<redis-2']);
  });
});

describe('presentDirectives', () => {
  const directives = (value: string) => [{ name: 'hz', args: [value] }];
  const known: Present = {
    ...present([], 'a'),
    nodes: [
      { name: 'a', directives: directives('1') },
      { name: 'b', directives: directives('2') },
      { name: 'c', directives: null },
    ],
  };

  it('are those of the node, else those of the master', () => {
    expect(presentDirectives(known, 'b')).toEqual(directives('2'));
    expect(presentDirectives(known, 'c')).toEqual(directives('1'));
    expect(presentDirectives(known, 'new')).toEqual(directives('1'));
    expect(presentDirectives({ ...known, master: null }, 'new')).toEqual([]);
  });
});
