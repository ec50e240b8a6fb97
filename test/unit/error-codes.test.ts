/** docs/library.md lists every code that an error, a problem or a note can have, and no other. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, it]) => it);

/** In the first column of the table of errors. */
function listed(docs: string): (string | undefined)[] {
  const table = docs.slice(docs.indexOf('\n## Errors'));
  const firsts = all(table, /^\| (`[^|]*) \|/gm).join(' ');
  return all(firsts, /`([a-z-]+)`/g);
}

test('docs/library.md lists the codes of errors', () => {
  const withFacts = ['src/wish-facts.ts', 'src/error-facts.ts'].flatMap((path) => {
    const facts = read(path);
    return all(facts.slice(facts.indexOf('export interface')), /^ {2}'?([a-z-]+)'?:/gm);
  });
  const kinds = all(
    /export type Kind =([^;]*);/.exec(read('src/errors.ts'))?.[1] ?? '',
    /'([a-z-]+)'/g,
  );
  const codes = [...new Set([...withFacts, ...kinds])].sort();
  expect(codes.length).toBeGreaterThan(50);
  expect(listed(read('docs/library.md')).sort()).toEqual(codes);
});
