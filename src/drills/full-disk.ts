/** Filling the disk of a node whose `dataBytes` are few, and emptying it again. */
import { FailedError } from '../errors.js';
import { containerOf, type LiveNode, type LiveTopology } from '../live/live-topology.js';

const BALLAST = '/data/ballast';
const BLOCK_BYTES = 4096;
/** More than any disk that is made small for this, so that a node whose disk isn't small fills nobody's. */
const MOST_BLOCKS = 16_384;
const EXEC_MS = 30_000;

/** Until nothing more goes on it. */
export async function fillDisk({ runtime }: LiveTopology, node: LiveNode): Promise<void> {
  const size = [`bs=${BLOCK_BYTES}`, `count=${MOST_BLOCKS}`];
  const dd = ['dd', 'if=/dev/zero', `of=${BALLAST}`, ...size];
  const { exitCode, stderr } = await runtime.exec(containerOf(node), dd, EXEC_MS);
  if (exitCode === 0 || !stderr.includes('No space left')) {
    throw new FailedError(`the disk of ${node.name} could not be filled: ${stderr.trim()}`);
  }
}

export async function freeDisk({ runtime }: LiveTopology, node: LiveNode): Promise<void> {
  const rm = ['rm', '-f', BALLAST];
  const { exitCode, stderr } = await runtime.exec(containerOf(node), rm, EXEC_MS);
  if (exitCode !== 0) throw new FailedError(`${node.name}: ${stderr.trim()}`);
}
