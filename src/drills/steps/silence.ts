/**
 * Replicas that fall silent, as in a partition: they are off the network, and their links are
 * not closed, so their master does not know. What it acknowledges then is on no replica.
 */
import { FailedError } from '../../errors.js';
import { closeLinks } from '../../failover/cut.js';
import { joinAgain, takeOff } from '../../live/cut.js';
import { sleep } from '../../sleep.js';
import type { Claim } from '../claim.js';
import type { Step } from '../drill.js';
import type { Ledger, WriteOutcome } from '../ledger.js';
import { acknowledgedAfterRefusal, type Span } from '../write-times.js';
import { untilMore } from './writes.js';
import { anyText } from './written.js';

/** The same in every setting, so that the losses can be compared. */
const SILENCE_MS = 2000;

export class Silence {
  readonly #replicas: readonly string[];
  readonly #ledger: Ledger;
  #span: Span | null = null;

  constructor(replicas: readonly string[], ledger: Ledger) {
    this.#replicas = replicas;
    this.#ledger = ledger;
  }

  /** For `SILENCE_MS`, and until writes come to this outcome: one a writer, as WAIT holds each up for long. */
  fall(turnsInto: WriteOutcome): Step {
    return {
      kind: 'fault',
      says: `the replicas fall silent for ${SILENCE_MS / 1000} s`,
      nodes: this.#replicas,
      run: async (stage) => {
        const { live, signal } = stage;
        await Promise.all(this.#replicas.map((name) => takeOff(live, stage.node(name))));
        const from = this.#attempts();
        await Promise.all([
          sleep(SILENCE_MS, signal),
          untilMore(stage, this.#ledger, this.#ledger.writers, turnsInto),
        ]);
        this.#span = { from, until: this.#attempts() };
      },
    };
  }

  /** The links end first: what a dead master's kernel still holds for them must not come after all. */
  get end(): Step {
    return {
      kind: 'repair',
      says: 'join the replicas again, without what the old master has sent them',
      nodes: this.#replicas,
      run: async (stage) => {
        await Promise.all(
          this.#replicas.map(async (name) => {
            const node = stage.node(name);
            await closeLinks(node.redis, 'master');
            await joinAgain(stage.live, node);
          }),
        );
      },
    };
  }

  /** Whether the master, once it had refused a write in the silence, acknowledged more. */
  acknowledgedAfterRefusal(master: string, is: 'some' | 'none', because: string): Claim {
    const about = 'writes that it acknowledged after its first refusal:';
    return {
      node: master,
      about,
      foresee: async () => ({ is: `${about} ${is}`, because }),
      look: async () => {
        if (this.#span === null) throw new FailedError('the replicas were never silent');
        const found = acknowledgedAfterRefusal(this.#ledger, this.#span);
        return { is: `${about} ${anyText(found)}` };
      },
    };
  }

  #attempts(): number[] {
    const { writers } = this.#ledger;
    return Array.from({ length: writers }, (_, writer) => this.#ledger.attempted(writer));
  }
}
