/** Plain text tables: a head, columns as wide as their widest cell, two spaces between. */

/** What a terminal shows of a text: escape sequences for colour take no room. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: ESC begins every colour sequence
const COLOUR = /\u001b\[[\d;]*m/g;

const visibleLength = (text: string): number => [...text.replace(COLOUR, '')].length;

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = aligned([head, ...rows]).map((cells) => cells.join('  ').trimEnd());
  return lines.map((line) => `${line}\n`).join('');
}

/** To be read as it is and pasted into a document as Markdown. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const [first = [], ...others] = aligned([head, ...rows]);
  const rule = first.map((cell) => '-'.repeat(visibleLength(cell)));
  return [first, rule, ...others].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** Cells filled up to the width of their column. */
function aligned(rows: readonly (readonly string[])[]): string[][] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => visibleLength(row[column] ?? ''))),
  );
  const fill = (cell: string, width: number) => cell + ' '.repeat(width - visibleLength(cell));
  return rows.map((cells) => widths.map((width, column) => fill(cells[column] ?? '', width)));
}
