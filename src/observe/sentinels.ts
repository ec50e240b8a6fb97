/** Asks the sentinels that an engine has, and reads their files. */
import { withoutPasswords } from '../access/conf-lines.js';
import { SENTINEL_CONF_FILE } from '../docker/names.js';
import type { Runtime } from '../docker/runtime.js';
import type { EngineNode, EngineTopology } from '../docker/topologies.js';
import type { Connect } from '../redis/node.js';
import { askSentinel, type SentinelFacts } from '../redis/sentinel.js';
import type { ObservedSentinel } from './observed.js';

export const observeSentinels = (
  runtime: Runtime,
  connect: Connect,
  { name, sentinels }: EngineTopology,
): Promise<ObservedSentinel[]> =>
  Promise.all(
    sentinels.map(async (node) => {
      const [config, facts] = await Promise.all([
        readSentinelConf(runtime, node),
        askOne(connect, name, node),
      ]);
      return { ...node, config, facts };
    }),
  );

/** Without passwords; null if there is none. */
export async function readSentinelConf(
  runtime: Runtime,
  { container }: EngineNode,
): Promise<string | null> {
  const text = container && (await runtime.readFile(container.name, SENTINEL_CONF_FILE));
  return text === null ? null : withoutPasswords(text);
}

async function askOne(
  connect: Connect,
  topology: string,
  { name, container, port }: EngineNode,
): Promise<SentinelFacts | null> {
  if (container?.state !== 'running' || port === null) return null;
  const sentinel = connect(name, port, 'sentinel');
  try {
    return await askSentinel(sentinel, topology);
  } catch {
    return null;
  } finally {
    sentinel.close();
  }
}
