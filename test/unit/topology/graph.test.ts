import { describe, expect, it } from 'vitest';
import { checkGraph, inOrder, type Link } from '../../../src/topology/graph.js';

const links = (text: string): Link[] =>
  text.split(' ').map((link) => {
    const [name = '', upstream = null] = link.split('<').reverse();
    return { name, upstream };
  });
const messages = (text: string) => checkGraph(links(text)).map(({ message }) => message);

describe('checkGraph', () => {
  it.each(['a', 'a a<b', 'b<c a<b a', 'a a<b a<c b<d'])('accepts %s', (text) => {
    expect(messages(text)).toEqual([]);
  });

  it('asks for no upstream of a node whose own words may mean one', () => {
    const vague = { name: 'b', upstream: null, vague: true };
    expect(checkGraph([{ name: 'a', upstream: null }, vague])).toEqual([]);
    expect(checkGraph([vague])).toEqual([]);
  });

  it('wants one master', () => {
    const none = 'no node is the master: one must be there without replicaOf';
    expect(checkGraph([]).map(({ message }) => message)).toEqual([none]);
    expect(messages('a b c<d c')).toEqual([
      'b needs replicaOf: a is the master already',
      'c needs replicaOf: a is the master already',
    ]);
    expect(messages('a<b b<a')).toEqual([none, 'a circle has no master: b <- a <- b']);
  });

  it('finds every circle once, whoever hangs on it', () => {
    expect(messages('m b<a c<b a<c c<x x<y z<z')).toEqual([
      'a circle has no master: a <- b <- c <- a',
      "z can't replicate from itself",
    ]);
  });

  it('knows the upstreams and guesses at misspelt ones', () => {
    expect(checkGraph(links('redis-1 reds-1<redis-2 nowhere<redis-3'))).toEqual([
      {
        path: ['nodes', 'redis-2', 'replicaOf'],
        at: 'value',
        message: 'no node is named "reds-1" (did you mean "redis-1"?)',
      },
      {
        path: ['nodes', 'redis-3', 'replicaOf'],
        at: 'value',
        message: 'no node is named "nowhere"',
      },
    ]);
  });
});

describe('inOrder', () => {
  it('puts the master first and every node after its upstream, else as given', () => {
    const names = (text: string) => inOrder(links(text)).map(({ name }) => name);
    expect(names('c<d b<c a<b a a<e')).toEqual(['a', 'b', 'e', 'c', 'd']);
    expect(names('b<a a<b')).toEqual([]);
  });
});
