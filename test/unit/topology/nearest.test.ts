import { describe, expect, it } from 'vitest';
import { nearest, suggestion } from '../../../src/topology/nearest.js';

const known = ['name', 'image', 'port', 'replicas', 'nodes'];

describe('nearest', () => {
  it.each([
    ['nmae', 'name'],
    ['ports', 'port'],
    ['pot', 'port'],
    ['repliacs', 'replicas'],
    ['Replicas', 'replicas'],
    ['node', 'nodes'],
    ['xyz', null],
    ['', null],
    ['topology', null],
  ])('%s is probably %s', (word, expected) => {
    expect(nearest(word, known)).toBe(expected);
  });

  it('becomes a suggestion, or the list of what is known', () => {
    expect(suggestion('pot', known)).toBe(' (did you mean "port"?)');
    expect(suggestion('xyz', ['a', 'b'])).toBe(' (known: a, b)');
  });
});
