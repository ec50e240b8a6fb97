import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConf, renderDirective } from '../../../src/config/conf-file.js';
import { formatProblem } from '../../../src/errors.js';
import { directives } from './arbitraries.js';

describe('parseConf', () => {
  it('reads directives as Redis does', () => {
    const text = '# comment\r\n\r\n  SAVE 3600 1\r\n\t# indented\nsave ""\nhz 10 # no comment here';
    expect(parseConf(text, 'x.conf')).toEqual({
      lines: [
        { line: 3, directive: { name: 'save', args: ['3600', '1'] } },
        { line: 5, directive: { name: 'save', args: [''] } },
        { line: 6, directive: { name: 'hz', args: ['10', '#', 'no', 'comment', 'here'] } },
      ],
      problems: [],
    });
  });

  it('reports every bad line with its number', () => {
    const text = 'hz 10\nsyslog-ident "a\n{{x}} y\nappendonly\nsyslog-ident "\\n"\na\0b c';
    expect(parseConf(text, 'x.conf').problems.map(formatProblem).join('\n')).toMatchInlineSnapshot(`
      "x.conf:2:1: a double quote is opened and never closed
      x.conf:3:1: "{{x}}" is not the name of a directive
      x.conf:4:1: a directive needs a value; write "" for an empty one
      x.conf:5:1: a value can't hold the control character U+000A
      x.conf:6:1: "a\\u0000b" is not the name of a directive"
    `);
  });

  it('reads back what renderDirective writes', () => {
    fc.assert(
      fc.property(directives, (written) => {
        const text = written.map(renderDirective).join('\n');
        const { lines, problems } = parseConf(text, 'x.conf');
        expect(problems).toEqual([]);
        expect(lines.map(({ directive }) => directive)).toEqual(written);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        parseConf(text, 'x.conf');
      }),
    );
  });
});
