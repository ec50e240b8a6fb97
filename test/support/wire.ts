/** A client that does nothing by itself: no greeting, no second attempt. What it saw, it saw. */
import { connect, type Socket } from 'node:net';

export class Wire {
  readonly #socket: Socket;
  #received = '';
  #error: string | null = null;
  readonly #closed: Promise<void>;
  #onData: () => void = () => {};

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.setEncoding('latin1').on('data', (text: string) => {
      this.#received += text;
      this.#onData();
    });
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = error.code ?? error.message;
    });
    this.#closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
  }

  send(...words: readonly string[]): void {
    const bulks = words.map((word) => `$${Buffer.byteLength(word, 'latin1')}\r\n${word}\r\n`);
    this.#socket.write(`*${words.length}\r\n${bulks.join('')}`, 'latin1');
  }

  /** The next reply of one line, or a bulk's text; rejects when the connection ends before it. */
  async reply(): Promise<string> {
    for (;;) {
      const [, line = '', bulk] = /^(?:\$(\d+)|([^\r]*))\r\n/.exec(this.#received) ?? [];
      const whole = this.#take(line, bulk);
      if (whole !== null) return whole;
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#onData = resolve;
        }),
        this.#closed.then(() => {
          throw new Error(`the connection has ended: ${this.#error}`);
        }),
      ]);
    }
  }

  #take(length: string, line: string | undefined): string | null {
    if (line !== undefined) {
      this.#received = this.#received.slice(line.length + 2);
      return line;
    }
    if (length === '') return null;
    const start = length.length + 3;
    const end = start + Number(length);
    if (this.#received.length < end + 2) return null;
    const text = this.#received.slice(start, end);
    this.#received = this.#received.slice(end + 2);
    return text;
  }

  async ask(...words: readonly string[]): Promise<string> {
    this.send(...words);
    return this.reply();
  }

  /** How it was ended by the other side: `ECONNRESET`, or null for a farewell. */
  async ended(): Promise<string | null> {
    await this.#closed;
    return this.#error;
  }

  close(): void {
    this.#socket.destroy();
  }
}
