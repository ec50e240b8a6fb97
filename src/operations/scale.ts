/** Another number of replicas for a topology that is there. */
import { UsageError } from '../errors.js';
import type { Wish } from '../topology/load.js';
import type { Engine, OperationOptions } from './operation.js';
import { type UpInput, type UpResult, up } from './up.js';

/** As `up`, but rejects with `UsageError` where there is nothing yet. `wish` is what `loadScale` makes. */
export const scale = (
  engine: Engine,
  input: UpInput,
  options: OperationOptions = {},
): Promise<UpResult> => up(engine, { ...input, wish: ofWhatIsThere(input.wish) }, options);

const ofWhatIsThere = (wish: Wish): Wish => ({
  ...wish,
  resolve: (present) => {
    if (present !== null) return wish.resolve(present);
    const replicas = wish.resolve(null).nodes.length - 1;
    throw new UsageError(`there is no topology ${wish.name} to scale`, {
      about: { code: 'nothing-to-scale', topology: wish.name, replicas },
    });
  },
});
