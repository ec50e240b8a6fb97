/** Nobody can tell whose data count: what each node has, and the command that chooses it. */
import { FailedError } from '../errors.js';
import type { Claimant } from './choice.js';

export class UndecidedError extends FailedError {
  /**
   * @param flags those by which `rrepl up` finds the topology where that isn't its name alone:
   *   ` --dir ./data`
   */
  constructor(topology: string, claimants: readonly Claimant[], flags = '') {
    const lines = claimants.map(({ node, has }) => `\n  ${node} ${has}`);
    const commands = claimants.map(({ node, living }) =>
      living
        ? `\`rrepl promote ${node} --name ${topology}\``
        : `\`rrepl up --name ${topology}${flags} --master ${node}\``,
    );
    super(
      `which node of ${topology} should be its master can't be told, and the others would copy its data over theirs:${lines.join('')}`,
      { hint: `choose one: ${commands.join(', ')}` },
    );
  }
}
