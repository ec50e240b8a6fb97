/** Plain text tables: a head, columns as wide as their widest cell, two spaces between. */

/** What a terminal shows of a text: escape sequences for colour take no room. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: ESC begins every colour sequence
const COLOUR = /\u001b\[[\d;]*m/g;

export const visibleLength = (text: string): number => [...text.replace(COLOUR, '')].length;

/** @param width of the terminal: where a row is wider, its last columns stand on lines below, indented */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string {
  const filled = aligned([head, ...rows]);
  const starts = lineStarts((filled[0] ?? []).map(visibleLength), width);
  const lines = filled.flatMap((cells) =>
    starts.map((start, at) => {
      const line = cells
        .slice(start, starts[at + 1])
        .join(GAP)
        .trimEnd();
      return at === 0 ? line : GAP + line;
    }),
  );
  return lines.map((line) => `${line}\n`).join('');
}

const GAP = '  ';

/** The columns that begin a line. */
function lineStarts(widths: readonly number[], width: number): number[] {
  const starts = [0];
  let used = 0;
  widths.forEach((columns, at) => {
    if (at > 0 && used + columns > width) {
      starts.push(at);
      used = GAP.length;
    }
    used += columns + GAP.length;
  });
  return starts;
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
