/**
 * What a run has changed on nodes, as it was before. Where a server refuses the change it is put
 * back, so that no node starts with it later, and the one that was stopped for it runs again.
 */
import { upstreamIn, withUpstream } from '../config/upstream.js';
import { CONF_FILE } from '../docker/names.js';
import type { FileEntry, Runtime } from '../docker/runtime.js';
import type { Setting } from '../redis/set-config.js';

export interface FormerConf {
  readonly node: string;
  readonly container: string;
  /** The file's text was another one, in the same place and of the same owner. */
  readonly file: FileEntry;
}

interface FormerSettings {
  readonly node: string;
  readonly port: number;
  readonly settings: readonly Setting[];
}

export class Former {
  readonly confs = new Map<string, FormerConf>();
  readonly settings: FormerSettings[] = [];

  /** To be called before the file is written. A node without one has nothing that could be put back. */
  async keepConf(runtime: Runtime, node: string, container: string, next: FileEntry) {
    const text = await runtime.readFile(container, CONF_FILE);
    if (text === null || this.confs.has(node)) return;
    // What the run decides about roles stands, whatever becomes of the rest.
    const upstream = upstreamIn(next.content ?? '');
    const content = upstreamIn(text) === upstream ? text : withUpstream(text, upstream);
    this.confs.set(node, { node, container, file: { ...next, content } });
  }

  /** A server answers that was started with the new file: the change stands. */
  accepted(node: string): void {
    this.confs.delete(node);
  }
}
