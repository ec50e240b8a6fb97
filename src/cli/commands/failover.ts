/** `promote` and `switchover`. */

import type { Context } from '../../context.js';
import type { FailoverInput, FailoverResult } from '../../operations/failover.js';
import type { Engine, OperationOptions } from '../../operations/operation.js';
import { promote } from '../../operations/promote.js';
import { switchover } from '../../operations/switchover.js';
import { tellOn, withAddress } from '../events.js';
import type { OptionsOf, TargetOptions } from '../flags.js';
import { printStatus, salvageTo, topologyName } from '../session.js';

export interface FailoverOptions extends TargetOptions, OptionsOf<'timeout' | 'salvage' | 'json'> {
  /** The next master: a node, or `replica` for the one that is furthest. */
  readonly node?: string;
}

type Operation = (
  engine: Engine,
  input: FailoverInput,
  options: OperationOptions,
) => Promise<FailoverResult>;

const commandOf =
  (operation: Operation) =>
  async (context: Context, options: FailoverOptions): Promise<number> => {
    const { node, timeout: timeoutMs, host } = options;
    const topology = await topologyName(context, options);
    await withAddress(context, tellOn(context), async (onEvent) => {
      const run = {
        ...{ signal: context.signal, timeoutMs, onEvent },
        salvageTo: salvageTo(context, options),
      };
      const { status } = await operation(context.engine(host), { topology, node }, run);
      printStatus(context, status, options);
    });
    return 0;
  };

export const promoteCommand = commandOf(promote);
export const switchoverCommand = commandOf(switchover);
