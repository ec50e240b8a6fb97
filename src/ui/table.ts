/** Plain text tables: a head, columns as wide as their widest cell, two spaces between. */

/** What a terminal shows of a text: escape sequences for colour take no room. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: ESC begins every colour sequence
const COLOUR = /\u001b\[[\d;]*m/g;

const visibleLength = (text: string): number => [...text.replace(COLOUR, '')].length;

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(visibleLength(title), ...rows.map((row) => visibleLength(row[column] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - visibleLength(cell)))
      .join('  ')
      .trimEnd();
  return [head, ...rows].map((row) => `${line(row)}\n`).join('');
}
