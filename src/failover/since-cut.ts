/** What the master has changed since it parted from a former one: it is read on while salvaged keys are put there. */
import { FailedError } from '../errors.js';
import type { ReplicationInfo } from '../redis/replication-info.js';
import { askReplication, attach } from '../stream/attach.js';
import { type Change, Changes } from '../stream/changes.js';
import { StreamDecoder } from '../stream/decoder.js';
import type { SalvageHead } from '../stream/salvage-file.js';
import { type StreamPlace, Wire } from '../stream/wire.js';
import type { GroupKey } from './salvage-groups.js';

/** What the master has changed since the cut, up to now. */
export class SinceCut {
  /** Null where its backlog does not reach back so far. */
  readonly #stream: { wire: Wire; decoder: StreamDecoder } | null;
  readonly #changes = new Changes();
  #seen: number;

  private constructor(stream: { wire: Wire; decoder: StreamDecoder } | null, seen: number) {
    this.#stream = stream;
    this.#seen = seen;
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
    const { active, firstByteOffset } = above.backlog;
    const goesOn = [above.id, above.secondId].includes(masterId);
    if (cut === null || !active || firstByteOffset > cut + 1 || !goesOn)
      return new SinceCut(null, 0);
    const wire = new Wire(master);
    await wire.logIn();
    await attach(wire, { id: above.id, next: cut + 1 }, await askReplication(wire));
    return new SinceCut({ wire, decoder: new StreamDecoder(cut + 1) }, cut);
  }

  /** Reads on up to this offset. */
  async readTo(offset: number): Promise<void> {
    if (this.#stream === null || offset <= this.#seen) return;
    const { wire, decoder } = this.#stream;
    this.#changes.add(decoder.push(await wire.read(offset - this.#seen)));
    this.#seen = offset;
  }

  /** Why a key may not be replaced; null if nothing speaks against it. */
  conflictOf({ db, key }: GroupKey): string | null {
    if (this.#stream === null) return 'it can’t be told any more whether it was changed since';
    const change: Change | null = this.#changes.of(db, key);
    return change && `changed since, by ${change.command} at offset ${change.offset}`;
  }

  close(): void {
    this.#stream?.wire.close();
  }
}
