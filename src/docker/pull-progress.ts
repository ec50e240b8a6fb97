import { Refusal } from './engine-errors.js';
import { LineSplitter } from './lines.js';

/** One line of the engine's answer to `POST /images/create`. */
interface PullMessage {
  readonly id?: string;
  readonly status?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly error?: string;
}

const LAYER_BEGINS = new Set(['Pulling fs layer', 'Waiting', 'Downloading', 'Already exists']);
const DOWNLOADED = new Set(['Verifying Checksum', 'Download complete', 'Extracting']);
const COMPLETE = new Set(['Pull complete', 'Already exists']);

/** How far a pull has come: `3/7 layers, 42%`, the percentage being that of the download. */
class PullProgress {
  readonly #downloaded = new Map<string, number>();
  readonly #complete = new Set<string>();

  update({ id, status = '', progressDetail = {} }: PullMessage): string | null {
    // The tag's own message has an id too: only a layer's first status makes a layer.
    if (!id || !(this.#downloaded.has(id) || LAYER_BEGINS.has(status))) return null;
    if (COMPLETE.has(status)) this.#complete.add(id);
    this.#downloaded.set(id, this.#share(id, status, progressDetail));
    return this.#text();
  }

  #share(id: string, status: string, detail: NonNullable<PullMessage['progressDetail']>): number {
    if (DOWNLOADED.has(status) || COMPLETE.has(status)) return 1;
    if (status === 'Downloading' && detail.total) return (detail.current ?? 0) / detail.total;
    return this.#downloaded.get(id) ?? 0;
  }

  #text(): string {
    const shares = [...this.#downloaded.values()];
    const percent = (100 * shares.reduce((sum, share) => sum + share, 0)) / shares.length;
    return `${this.#complete.size}/${shares.length} layers, ${Math.floor(percent)}%`;
  }
}

/**
 * Reads the engine's answer to a pull to its end, which is when the image is there.
 * Rejects with a `Refusal` if the answer, whose HTTP
 * status says success before the pull has begun, reports an error.
 */
export async function readPull(
  answer: AsyncIterable<Buffer>,
  onProgress: (text: string) => void,
): Promise<void> {
  const progress = new PullProgress();
  const splitter = new LineSplitter();
  let shown = '';
  const handle = (line: string) => {
    if (line === '') return;
    const message = JSON.parse(line) as PullMessage;
    if (message.error !== undefined) throw new Refusal(message.error);
    const text = progress.update(message);
    if (text === null || text === shown) return;
    shown = text;
    onProgress(text);
  };
  for await (const chunk of answer) splitter.push(chunk).forEach(handle);
  splitter.flush().forEach(handle);
}
