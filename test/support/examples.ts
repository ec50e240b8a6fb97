/**
 * The examples of a document: fenced blocks marked `console`, whose lines that begin with `$ ` are
 * commands and whose others are what they print. Blocks with a file name (```yaml bad.yaml) are
 * files that the commands find. Compared is the shape: figures, ids, dates, ports and widths of columns differ.
 *
 * What a command prints on stdout must stand there in full, and in order. Of stderr, which also
 * tells of progress, what stands there must be printed. `…` alone stands for any lines, within a
 * line for any text.
 */

export interface Example {
  /** Where the command stands in the document, from 1. */
  readonly line: number;
  readonly command: string;
  readonly expected: readonly string[];
}

export interface Examples {
  /** By name. */
  readonly files: ReadonlyMap<string, string>;
  readonly examples: readonly Example[];
}

const FENCE = /^```(\S*) ?(.*)$/;

/** Throws for what a console block begins with and that is no command. */
export function readExamples(markdown: string): Examples {
  const files = new Map<string, string>();
  const examples: { line: number; command: string; expected: string[] }[] = [];
  let block: { kind: string; file: string; text: string[] } | null = null;
  for (const [index, text] of markdown.split('\n').entries()) {
    const fence = FENCE.exec(text);
    if (fence !== null) {
      if (block?.file) files.set(block.file, `${block.text.join('\n')}\n`);
      block = block === null ? { kind: fence[1] ?? '', file: fence[2] ?? '', text: [] } : null;
    } else if (block?.kind === 'console' && text.startsWith('$ ')) {
      examples.push({ line: index + 1, command: text.slice(2), expected: [] });
      block.text.push(text);
    } else if (block?.kind === 'console') {
      if (block.text.length === 0) throw new Error(`line ${index + 1}: no command: ${text}`);
      examples.at(-1)?.expected.push(text);
    } else block?.text.push(text);
  }
  return { files, examples };
}

const ANY = '…';

/** A line without what differs from run to run. */
export function shapeOf(line: string): string {
  return line
    .trim()
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d[:-]\d\d[:-]\d\d(\.\d+)?Z?/g, 'DATE')
    .replaceAll(/\b(?=[a-f]*\d)[0-9a-f]{8,40}\b/g, 'ID')
    .replaceAll(/(?<=127\.0\.0\.1:)\d+/g, '#')
    .replaceAll(/(?<![\w:.-])\d[\d,.]*\d|(?<![\w:.-])\d/g, '#')
    .replaceAll(/# (µs|ms|s|min|B|KB|MB|GB)\b/g, '#')
    .replaceAll(/ {2,}/g, ' ');
}

const asPattern = (line: string): RegExp =>
  new RegExp(`^${shapeOf(line).split(ANY).map(literal).join('.*')}$`);

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

/** Null if what was printed has the shape that is expected; else what differs. */
export function differenceOf(
  { expected }: Pick<Example, 'expected'>,
  printed: { readonly stdout: string; readonly stderr: string },
): string | null {
  const stdout = linesOf(printed.stdout);
  let stderr = linesOf(printed.stderr);
  let skip = false;
  for (const line of expected.filter((it) => it.trim() !== '')) {
    if (line.trim() === ANY) {
      skip = true;
      continue;
    }
    const isIt = (other: string) => asPattern(line).test(shapeOf(other));
    const at = skip ? stdout.findIndex(isIt) : isIt(stdout[0] ?? '') ? 0 : -1;
    const beside = stderr.findIndex(isIt);
    if (at >= 0) {
      stdout.splice(0, at + 1);
      skip = false;
    } else if (beside >= 0) stderr = stderr.slice(beside + 1);
    else return `is not printed: ${line}${stdout[0] === undefined ? '' : `\nbut: ${stdout[0]}`}`;
  }
  return skip || stdout[0] === undefined ? null : `is printed and not expected: ${stdout[0]}`;
}
