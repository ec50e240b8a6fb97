import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findControlCharacter,
  QuotingError,
  quoteArg,
  splitArgs,
} from '../../../src/config/quoting.js';

describe('splitArgs', () => {
  it.each([
    ['', []],
    [' \t ', []],
    ['save 3600 1', ['save', '3600', '1']],
    ['  save\t3600   1 ', ['save', '3600', '1']],
    ['save ""', ['save', '']],
    ["save ''", ['save', '']],
    ['"a b" c', ['a b', 'c']],
    ['a"b c"', ['ab c']],
    ['a\\b', ['a\\b']],
    [String.raw`"\n\r\t\b\a\\\"\q"`, ['\n\r\t\b\x07\\"q']],
    [String.raw`"\x41\xZZ"`, ['AxZZ']],
    [String.raw`"\xc3\xa9" é`, ['é', 'é']],
    [String.raw`'it\'s \n'`, [String.raw`it's \n`]],
    [`'say "x"' "it's"`, ['say "x"', "it's"]],
    ['a\vb', ['a\vb']],
  ])('takes %j apart', (text, expected) => {
    expect(splitArgs(text)).toEqual(expected);
  });

  it.each([
    ['"a', 'a double quote is opened and never closed'],
    ['"a\\"', 'a double quote is opened and never closed'],
    ['"a\\', 'a double quote is opened and never closed'],
    ["'a", 'a single quote is opened and never closed'],
    ['"a"b', 'a closing quote must be followed by a space or the end of the line'],
    ["'a'b", 'a closing quote must be followed by a space or the end of the line'],
    [String.raw`"\xff"`, 'the escapes of a value must spell UTF-8 text'],
  ])('refuses %j', (text, message) => {
    expect(() => splitArgs(text)).toThrow(new QuotingError(message));
  });

  it('throws nothing but QuotingError', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('"', "'", '\\', 'x', '4', ' ', 'é') }),
        (text) => {
          try {
            splitArgs(text);
          } catch (error) {
            expect(error).toBeInstanceOf(QuotingError);
          }
        },
      ),
    );
  });
});

describe('quoteArg', () => {
  it.each([
    ['', '""'],
    ['3600', '3600'],
    ['/data/x.sock', '/data/x.sock'],
    ['a b', '"a b"'],
    ['#', '"#"'],
    ["it's", `"it's"`],
    ['say "\\"', String.raw`"say \"\\\""`],
    ['é', '"é"'],
  ])('writes %j as %s', (value, expected) => {
    expect(quoteArg(value)).toBe(expected);
  });

  it('is read back as the same value, alone and among others', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (values) => {
        expect(splitArgs(values.map(quoteArg).join(' '))).toEqual(values);
      }),
    );
  });
});

describe('findControlCharacter', () => {
  it.each([
    ['plain é text 😀', null],
    ['a\nb', 'U+000A'],
    ['\0', 'U+0000'],
    ['\x7f', 'U+007F'],
    ['\u0085', 'U+0085'],
  ])('finds in %j: %s', (value, expected) => {
    expect(findControlCharacter(value)).toBe(expected);
  });
});
