const LINE_FEED = 0x0a;

/** Cuts a stream of bytes into lines, wherever its chunks happen to end. */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** The lines that this chunk completes, without their ends. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    let end = chunk.indexOf(LINE_FEED);
    while (end !== -1) {
      lines.push(this.#take(chunk.subarray(start, end)));
      start = end + 1;
      end = chunk.indexOf(LINE_FEED, start);
    }
    if (start < chunk.length) this.#rest = Buffer.concat([this.#rest, chunk.subarray(start)]);
    return lines;
  }

  /** The last line, if the stream ended without a line end. */
  flush(): string[] {
    return this.#rest.length > 0 ? [this.#take(Buffer.alloc(0))] : [];
  }

  #take(end: Buffer): string {
    // Decoded only when complete: a chunk may end in the middle of a character.
    const line = Buffer.concat([this.#rest, end]).toString('utf8');
    this.#rest = Buffer.alloc(0);
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}
