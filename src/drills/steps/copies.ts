/** What a copy will cost the buffer of the replica that it is for. */
import { bufferLimit, type Copy } from '../../psync/buffer.js';
import { configValue } from '../../redis/ask.js';
import type { Stage } from '../stage.js';
import type { Flood } from './flood.js';

export async function limitOf(stage: Stage, master: string): Promise<number> {
  const { redis } = stage.node(master);
  const limits = await configValue(redis, 'client-output-buffer-limit');
  const backlog = Number(await configValue(redis, 'repl-backlog-size'));
  return bufferLimit(stage.server, limits, backlog);
}

/** It takes `rdb-key-save-delay`, in microseconds, for each key at least. */
export async function copyOf(
  stage: Stage,
  master: string,
  flood: Flood,
): Promise<{ copy: Copy; seconds: number }> {
  const { redis } = stage.node(master);
  const [keys, delay, diskless, redisChannel, valkeyChannel] = await Promise.all([
    redis.call('DBSIZE').then(Number),
    configValue(redis, 'rdb-key-save-delay').then(Number),
    configValue(redis, 'repl-diskless-sync'),
    configValue(redis, 'repl-rdb-channel'),
    configValue(redis, 'dual-channel-replication-enabled'),
  ]);
  const seconds = (keys * delay) / 1_000_000;
  const copy = {
    writtenMeanwhile: flood.bytesPerSecond() * seconds,
    diskless: diskless === 'yes',
    ownChannel: redisChannel || valkeyChannel,
  };
  return { copy, seconds };
}
