/** How the steps about sentinels are carried out. */
import { sentinelAccessLines, sentinelLogin } from '../access/conf-lines.js';
import { changedConf } from '../config/config-change.js';
import { withSentinelRecord } from '../config/sentinel-conf.js';
import { CONF_FOLDER, containerName } from '../docker/names.js';
import { rewriteConf } from '../failover/mounted-conf.js';
import { settleSentinels } from '../failover/settle-sentinels.js';
import { whileRunning } from '../live/server-exit.js';
import type { StepOf } from '../plan/plan.js';
import { monitorAnew, setSettings } from '../redis/sentinel.js';
import { confFiles } from './conf-files.js';
import { withServer } from './with-server.js';
import type { World } from './world.js';

const sentinelAt = ({ node, port }: { readonly node: string; readonly port: number }) =>
  ({ node, port, as: 'sentinel' }) as const;

export async function writeSentinelConf(
  step: StepOf<'writeSentinelConf'>,
  world: World,
): Promise<void> {
  const content = step.text + sentinelAccessLines(step.access);
  const files = await confFiles(step, world, 'sentinel.conf', content);
  await world.runtime.writeFiles(step.resource, CONF_FOLDER, files);
}

/** What it keeps itself it writes anew after that: its file must not be older than it is. */
export async function changeSentinelConf(
  { resource, changes, record, node, port }: StepOf<'changeSentinelConf'>,
  world: World,
): Promise<void> {
  const rewrite = (text: string) =>
    withSentinelRecord(changedConf(text, changes, record.directives), record);
  await rewriteConf(world.runtime, resource, rewrite, 'sentinel.conf');
  if (port === null) return;
  await withServer(sentinelAt({ node, port }), world, (sentinel) =>
    sentinel.call('SENTINEL', 'FLUSHCONFIG'),
  );
}

export const monitor = (step: StepOf<'monitor'>, world: World): Promise<void> =>
  withServer(sentinelAt(step), world, (sentinel) => {
    const { monitoring, access } = step;
    const settings = [...sentinelLogin(access), ...monitoring.settings];
    return monitorAnew(sentinel, { ...monitoring, settings });
  });

export const setSentinel = (step: StepOf<'setSentinel'>, world: World): Promise<void> =>
  withServer(sentinelAt(step), world, (sentinel) =>
    setSettings(sentinel, step.topology, step.settings),
  );

export async function waitSettled(step: StepOf<'waitSettled'>, world: World): Promise<void> {
  const { topology, watched, names } = step;
  const sentinels = step.sentinels.map((it) => ({
    ...it,
    redis: world.connect(it.node, it.publishedPort, 'sentinel'),
  }));
  const onProgress = (text: string) => world.emit({ type: 'progress', step, text });
  try {
    const servers = sentinels.map(({ node }) => ({
      node,
      container: containerName(topology, node),
    }));
    await whileRunning(world.runtime, servers, world, (limits) =>
      settleSentinels({ topology, sentinels, watched, names, onProgress, ...limits }),
    );
  } finally {
    for (const { redis } of sentinels) redis.close();
  }
}
