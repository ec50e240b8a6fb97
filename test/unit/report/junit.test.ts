import { expect, test } from 'vitest';
import { junit } from '../../../src/report/junit.js';
import { report } from '../../support/verify-report.js';

test('each check a test case, undecided ones as errors', () => {
  expect(`\n${junit(report)}`).toMatchInlineSnapshot(`
    "
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites>
    <testsuite name="rrepl verify demo" tests="4" failures="1" errors="1">
      <testcase classname="rrepl.demo" name="one-master"/>
      <testcase classname="rrepl.demo" name="link redis-2"/>
      <testcase classname="rrepl.demo" name="link redis-10"><error message="no reply">the link is up
    expected: up
    seen: no reply</error></testcase>
      <testcase classname="rrepl.demo" name="data redis-2"><failure message="a&lt;b&gt; &amp; &quot;c&quot; 😀">the data are &quot;equal&quot; &amp; the &lt;same&gt;
    expected: the same digest
    seen: a&lt;b&gt; &amp; &quot;c&quot; 😀</failure></testcase>
    </testsuite>
    </testsuites>
    "
  `);
});

/** Takes the document apart tag by tag; throws where it is not well-formed. */
function parse(xml: string): { counts: Record<string, number>; texts: string[] } {
  const open: string[] = [];
  const counts: Record<string, number> = {};
  const texts: string[] = [];
  const body = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  const token = /<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>|([^<>]+)/gy;
  while (token.lastIndex < body.length) {
    const at = token.lastIndex;
    const match = token.exec(body);
    if (match === null) throw new Error(`not well-formed at: ${body.slice(at, at + 60)}`);
    const [, closes, name = '', attributes = '', empty, text] = match;
    for (const part of [attributes, text ?? '']) {
      if (/&(?!(?:amp|lt|gt|quot);)/.test(part)) throw new Error(`a bare & in ${part}`);
    }
    if (text !== undefined) texts.push(text);
    else if (closes) {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing`);
    } else {
      counts[name] = (counts[name] ?? 0) + 1;
      if (!empty) open.push(name);
    }
  }
  if (open.length > 0) throw new Error(`${open.join()} stays open`);
  return { counts, texts };
}

test('is well-formed XML', () => {
  const { counts, texts } = parse(junit(report));
  expect(counts).toEqual({ testsuites: 1, testsuite: 1, testcase: 4, failure: 1, error: 1 });
  const [failure] = texts.filter((text) => text.includes('digest'));
  expect(failure).toContain('seen: a&lt;b&gt; &amp; &quot;c&quot; 😀');
});

test('leaves out the characters that XML has not', () => {
  const checks = report.checks.map((check) => ({
    ...check,
    seen: 'a\u0000b\u001bc\ud800d\ufffee\t',
  }));
  const xml = junit({ ...report, topology: 'x\u0007y', checks });
  expect(xml).toContain('seen: abcde\t<');
  expect(xml).toContain('name="rrepl verify xy"');
  expect(xml).not.toMatch(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/);
});

test('counts as its attributes say', () => {
  expect(junit(report)).toContain('tests="4" failures="1" errors="1"');
});

test('no checks', () => {
  const { counts } = parse(junit({ topology: 'demo', verdict: 'unknown', checks: [] }));
  expect(counts).toEqual({ testsuites: 1, testsuite: 1 });
});
