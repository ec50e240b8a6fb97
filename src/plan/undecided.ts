/** Nobody can tell whose data count: what each node has. */
import { FailedError } from '../errors.js';
import type { Claimant } from './choice.js';

export class UndecidedError extends FailedError {
  /** @param dir the folder that holds the data, if one does */
  constructor(topology: string, claimants: readonly Claimant[], dir: string | null = null) {
    const lines = claimants.map(({ node, has }) => `\n  ${node} ${has}`);
    super(
      `which node of ${topology} should be its master can't be told, and the others would copy its data over theirs:${lines.join('')}`,
      {
        about: {
          code: 'undecided',
          topology,
          dir,
          claimants: claimants.map(({ node, living }) => ({ node, living })),
        },
      },
    );
  }
}
