import type { LiveTopology } from './live-topology.js';

/** The last line of each node's log, so that later lines can be told from earlier ones. */
export async function markLogs({ runtime, nodes }: LiveTopology): Promise<Map<string, string>> {
  const marks = new Map<string, string>();
  await Promise.all(
    nodes.map(async ({ name, container }) => {
      const line = container && (await runtime.logTail(container.name, 1)).at(-1);
      if (line) marks.set(name, line);
    }),
  );
  return marks;
}
