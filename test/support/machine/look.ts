/** What the engine and the servers of a topology say, asked by the docker CLI: no code of rrepl's. */
import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { docker, shell } from '../docker.js';
import { isSteady, type Look, type NodeLook, type ServerLook } from './model.js';

const LABEL = 'dev.rrepl';
const STEADY_MS = 4000;
const KEYS = 'key:*';

/** One script, for an exec costs more than what it asks. */
const QUESTIONS = `cd /usr/local/etc/redis
ask() { echo ==; client "$@"; }
ask INFO
ask KEYS '${KEYS}'
ask CONFIG GET save
ask CONFIG GET appendonly
echo ==; sed -n 's/^appendonly //p' redis.conf | tail -n 1`;

/** Waits, within bounds, for what was done to come to rest. Folder: that of --dir, if it is used. */
export async function lookAt(topology: string, folder: string | null): Promise<Look> {
  const until = performance.now() + STEADY_MS;
  for (;;) {
    const isLast = performance.now() > until;
    // A container may go between two calls.
    const look = await lookOnce(topology, folder).catch((error) => {
      if (isLast) throw error;
      return null;
    });
    if (look !== null && (isLast || isSteady(look))) return look;
    await sleep(100);
  }
}

async function lookOnce(topology: string, folder: string | null): Promise<Look> {
  const filter = ['--filter', `label=${LABEL}.topology=${topology}`];
  const [ids, volumeNames] = await Promise.all([
    docker('ps', '--all', '--quiet', ...filter),
    docker('volume', 'ls', '--quiet', ...filter),
  ]);
  const seen = ids === '' ? [] : JSON.parse(await docker('inspect', ...ids.split('\n')));
  const containers = new Map<string, Inspected>(
    (seen as Inspected[]).flatMap((it) => {
      const node = it.Config.Labels[`${LABEL}.node`];
      return node === undefined ? [] : [[node, it]];
    }),
  );
  const volumes = volumeNames.split('\n').flatMap((name) => {
    const [, node] = /-(redis-\d+)-data$/.exec(name) ?? [];
    return node === undefined ? [] : [node];
  });
  const folders = folder !== null && existsSync(folder) ? readdirSync(folder) : [];
  const names = new Set([...containers.keys(), ...volumes, ...folders.filter(isNode)]);
  const nodes = await Promise.all(
    [...names].map(async (name): Promise<[string, NodeLook]> => {
      const container = containers.get(name);
      const state = container === undefined ? 'absent' : stateOf(container);
      const hasDisk = volumes.includes(name) || folders.includes(name);
      return [
        name,
        {
          state,
          exitCode: container?.State.ExitCode ?? 0,
          networks: Object.keys(container?.NetworkSettings.Networks ?? {}),
          hasDisk,
          server: state === 'running' ? await serverOf(topology, name) : null,
        },
      ];
    }),
  );
  return new Map(nodes.sort(([a], [b]) => a.localeCompare(b)));
}

const isNode = (name: string): boolean => /^redis-\d+$/.test(name);

interface Inspected {
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
  readonly State: { readonly Status: string; readonly ExitCode: number };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, unknown>> };
}

const stateOf = ({ State: { Status: status } }: Inspected): NodeLook['state'] =>
  status === 'running' || status === 'paused' ? status : 'stopped';

async function serverOf(topology: string, node: string): Promise<ServerLook | null> {
  const answers = await shell(topology, node, QUESTIONS).catch(() => '');
  const [, info = '', keys = '', save = '', appendonly = '', inFile = ''] = answers
    .replaceAll('\r', '')
    .split(/^==\n/m);
  const field = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1] ?? '';
  const role = field('role');
  if (role === '' || field('loading') !== '0' || /^(?:LOADING|MASTERDOWN) /m.test(keys))
    return null;
  const loads = inFile.trim() === 'yes' ? 'aof' : 'rdb';
  const appends = appendonly.trim().endsWith('yes');
  const [, savePoints = ''] = save.split('\n');
  const isReplica = role !== 'master';
  return {
    role: isReplica ? 'replica' : 'master',
    upstream: isReplica ? field('master_host') : null,
    linkUp: !isReplica || field('master_link_status') === 'up',
    keys: new Set(keys.split('\n').filter(Boolean)),
    loads,
    savesOnExit: loads === 'aof' ? appends : savePoints !== '',
    saved:
      loads === 'aof'
        ? appends &&
          field('aof_rewrite_in_progress') === '0' &&
          field('aof_rewrite_scheduled') === '0'
        : field('rdb_changes_since_last_save') === '0' && field('rdb_bgsave_in_progress') === '0',
  };
}
