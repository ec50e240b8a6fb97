/** What a kill-master can't come through, said before anything is broken. */
import { UsageError } from '../errors.js';
import { plural, quoted } from '../format.js';
import { configValue } from '../redis/ask.js';
import { askCandidates, chooseSuccessor } from './change-master.js';
import type { OldTopology } from './old-topology.js';
import type { Recovery } from './recoveries.js';

export interface Demands {
  readonly recover: Recovery;
  /** Replicas that must confirm each write. */
  readonly wait: number;
}

export interface Supply {
  /** All of the topology. */
  readonly replicas: number;
  /** Those that replicate from the master itself: WAIT and min-replicas-to-write count no others. */
  readonly attached: number;
  /** `min-replicas-to-write` where a lag is set too, else 0. */
  readonly leastReplicas: number;
}

/** @throws UsageError with why it can only fail, if that is so. Pure. */
export function refuseDemands({ recover, wait }: Demands, supply: Supply): void {
  const { replicas, attached, leastReplicas } = supply;
  const there = `${plural(attached, 'replica')} of the master`;
  if (recover !== 'restart' && replicas === 0) {
    throw new UsageError(`recovery ${quoted(recover)} needs a replica, and there is none`, {
      about: { code: 'recovery-without-replica', recover },
    });
  }
  if (wait > attached) {
    throw new UsageError(`WAIT ${wait} can't be met by ${there}: no write would be acknowledged`, {
      about: { code: 'wait-unmet', wait, attached },
    });
  }
  if (leastReplicas > attached) {
    throw new UsageError(
      `min-replicas-to-write ${leastReplicas} can't be met by ${there}: every write would be refused`,
      { about: { code: 'min-replicas-unmet', wanted: leastReplicas, attached } },
    );
  }
}

/** The same of a topology that is there; and nobody is killed whom no replica can replace. */
export async function refuseImpossible(old: OldTopology, demands: Demands): Promise<void> {
  const { master, replicas, facts } = old;
  const setting = async (name: string) => Number(await configValue(master.redis, name));
  const [least, lag] = [
    await setting('min-replicas-to-write'),
    await setting('min-replicas-max-lag'),
  ];
  refuseDemands(demands, {
    replicas: replicas.length,
    attached: facts.replication.replicas.length,
    leastReplicas: lag > 0 ? least : 0,
  });
  if (demands.recover !== 'promote') return;
  const candidates = await askCandidates(replicas.map(({ redis }) => redis));
  chooseSuccessor(old, candidates, 'switchover');
}
