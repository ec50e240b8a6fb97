/** What the master has changed since it parted from a former one: it is read on while salvaged keys are put there. */
import { FailedError } from '../errors.js';
import { NoReplyError } from '../redis/node.js';
import type { ReplicationInfo } from '../redis/replication-info.js';
import { askReplication, attach, NoStreamError } from '../stream/attach.js';
import { type Change, Changes } from '../stream/changes.js';
import { StreamDecoder } from '../stream/decoder.js';
import type { SalvageHead } from '../stream/salvage-file.js';
import { type StreamPlace, Wire } from '../stream/wire.js';
import type { GroupKey } from './salvage-groups.js';

const UNKNOWN = 'it can’t be told any more whether it was changed since';

/** What the master has changed since the cut, up to now. */
export class SinceCut {
  readonly #master: StreamPlace;
  readonly #changes = new Changes();
  readonly #decoder: StreamDecoder;
  /** The last offset that was read. */
  #seen: number;
  #wire: Wire | null = null;
  /** Why nothing tells what was changed; null while that is known. */
  #untold: string | null;

  private constructor(master: StreamPlace, cut: number, untold: string | null) {
    this.#master = master;
    this.#decoder = new StreamDecoder(cut + 1);
    this.#seen = cut;
    this.#untold = untold;
  }

  static async open(
    { id, masterId, cut }: SalvageHead,
    master: StreamPlace,
    above: ReplicationInfo,
  ): Promise<SinceCut> {
    if (above.id === id) {
      throw new FailedError(
        `${master.name} still is the master that these writes are from: no other one took over`,
      );
    }
    if (cut === null)
      return new SinceCut(master, 0, `${UNKNOWN}: nothing says where the two parted`);
    if (![above.id, above.secondId].includes(masterId))
      return new SinceCut(
        master,
        cut,
        `${UNKNOWN}: ${master.name} is not the master that lacked it`,
      );
    const { active, firstByteOffset } = above.backlog;
    const isThere = active && firstByteOffset <= cut + 1;
    const since = new SinceCut(master, cut, isThere ? null : UNKNOWN);
    await since.#attach();
    return since;
  }

  /** Reads on up to this offset. A server drops who acknowledges nothing for long: then it is read on from there. */
  async readTo(offset: number): Promise<void> {
    while (this.#untold === null && offset > this.#seen) {
      const isNew = this.#wire === null;
      try {
        const wire = this.#wire ?? (await this.#attach());
        if (wire === null) return;
        this.#changes.add(this.#decoder.push(await wire.read(offset - this.#seen)));
        this.#seen = offset;
      } catch (error) {
        if (!(error instanceof NoReplyError)) throw error;
        this.#wire = null;
        if (isNew) this.#untold = UNKNOWN;
      }
    }
  }

  /** Null if the stream can't be had from there on any more. */
  async #attach(): Promise<Wire | null> {
    if (this.#untold !== null) return null;
    const wire = new Wire(this.#master);
    try {
      await wire.logIn();
      const replication = await askReplication(wire);
      await attach(wire, { id: replication.id, next: this.#seen + 1 }, replication);
      this.#wire = wire;
      return wire;
    } catch (error) {
      wire.close();
      if (!(error instanceof NoStreamError)) throw error;
      this.#untold = UNKNOWN;
      return null;
    }
  }

  /** Why a key may not be replaced; null if nothing speaks against it. */
  conflictOf({ db, key }: GroupKey): string | null {
    if (this.#untold !== null) return this.#untold;
    const change: Change | null = this.#changes.of(db, key);
    return change && `changed since, by ${change.command} at offset ${change.offset}`;
  }

  close(): void {
    this.#wire?.close();
  }
}
