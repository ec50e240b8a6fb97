/**
 * The last line of defence: before a server overwrites or discards data that no other living
 * copy is known to contain, what lies on its disk is set aside beside it, and can be put back.
 * The last one is kept. Whoever calls this has decided that it is to be done.
 */
import { confValue } from '../config/conf-file.js';
import { upstreamIn } from '../config/upstream.js';
import { LABEL } from '../docker/labels.js';
import { CONF_FILE, DATA_FOLDER, SET_ASIDE_FOLDER } from '../docker/names.js';
import type { Labels, Runtime } from '../docker/runtime.js';
import { EngineError, FailedError } from '../errors.js';
import { type AboutSetAside, parseSetAside, type SetAside } from '../observe/set-aside.js';
import { askNode, configValue } from '../redis/ask.js';
import { type RedisNode, ReplyError } from '../redis/node.js';
import { type Limits, waitUntil } from '../redis/wait.js';
import { SET_ASIDE_SCRIPT } from './set-aside-script.js';

/** A node with a container, running or not. */
export interface Place {
  readonly topology: string;
  readonly node: string;
  readonly container: string;
}

/** Should rrepl be killed, what is left of its helper is removed by `prune`. */
const HELPER_MS = 60 * 60_000;

/**
 * Copies the data of a server that doesn't run. Returns what is set aside then, or null if there
 * was nothing to be. Rejects with `EngineError` if it couldn't be done; what was set aside before
 * is still there then.
 */
export const setAside = (runtime: Runtime, place: Place, cause: string): Promise<SetAside | null> =>
  runScript(runtime, place, 'keep', cause);

/** The same for a server that runs: it saves first, and the RDB is what is kept. */
export async function setAsideLiving(
  runtime: Runtime,
  place: Place,
  cause: string,
  server: RedisNode,
  limits: Limits,
): Promise<SetAside | null> {
  await save(server, limits);
  return runScript(runtime, place, 'keep', cause, await configValue(server, 'dbfilename'));
}

/** Puts the data that are set aside back, and sets aside what was there. The server must not run. */
export const swapSetAside = (
  runtime: Runtime,
  place: Place,
  cause: string,
): Promise<SetAside | null> => runScript(runtime, place, 'swap', cause);

export const discardSetAside = async (runtime: Runtime, place: Place): Promise<void> => {
  await runScript(runtime, place, 'discard', '');
};

async function runScript(
  runtime: Runtime,
  { topology, node, container }: Place,
  action: 'keep' | 'swap' | 'discard',
  cause: string,
  only = '',
): Promise<SetAside | null> {
  const [conf, image, details] = await Promise.all([
    runtime.readFile(container, CONF_FILE),
    imageOf(runtime, topology, container),
    runtime.inspectContainer(container),
  ]);
  const value = (name: string) => confValue(conf ?? '', name);
  const facts: AboutSetAside = {
    at: new Date().toISOString(),
    cause,
    image,
    role: upstreamIn(conf ?? '') === null ? 'master' : 'replica',
    aofOn: only === '' && value('appendonly') === 'yes',
    saved: details?.state === 'exited' && details.exitCode === 0 && value('save') !== '',
  };
  const folder = facts.at.replaceAll(':', '-');
  const aof = value('appendfilename') || 'appendonly.aof';
  const rdb = value('dbfilename') || 'dump.rdb';
  const command = ['sh', '-c', SET_ASIDE_SCRIPT, 'rrepl', action, folder, JSON.stringify(facts)];
  const { exitCode, lines } = await runtime.runBeside(
    container,
    [...command, aof, rdb, only],
    helperLabels(topology),
  );
  if (exitCode !== 0) throw refusal({ topology, node, container }, action, lines);
  return parseSetAside(lines.at(-1) ?? '');
}

/** Of a container that helps for a moment: it belongs to the topology, and is none of its nodes. */
export const helperLabels = (topology: string): Labels => ({
  [LABEL.topology]: topology,
  [LABEL.expires]: new Date(Date.now() + HELPER_MS).toISOString(),
});

async function imageOf(runtime: Runtime, topology: string, container: string): Promise<string> {
  const found = await runtime.listContainers({ [LABEL.topology]: topology });
  const it = found.find(({ name }) => name === container);
  return it?.labels[LABEL.image] ?? it?.image ?? '';
}

const TRIED = {
  keep: 'set aside',
  swap: 'put back',
  discard: 'removed from what is set aside',
} as const;

function refusal(
  { topology, node, container }: Place,
  action: keyof typeof TRIED,
  lines: readonly string[],
): EngineError {
  const full = lines.some((line) => /no space left|quota exceeded/i.test(line));
  const words = lines.map((line) => `  ${line}`).join('\n');
  const why = full ? `the disk under ${DATA_FOLDER} is full` : 'it failed';
  return new EngineError(
    `the data of ${node} can't be ${TRIED[action]} in ${SET_ASIDE_FOLDER} of ${container}: ${why}; they are as they were\n${words}`,
    { about: { code: 'set-aside-failed', topology, node, full } },
  );
}

const SAVE_POLL_MS = 50;

/** Until all that the server holds now is in its RDB. */
async function save(server: RedisNode, limits: Limits): Promise<void> {
  const wait = { ...limits, everyMs: SAVE_POLL_MS };
  await waitUntil(() => beginSave(server), {
    ...wait,
    describe: () => `${server.name} to begin a BGSAVE`,
  });
  const end = async () => {
    const { persistence } = await askNode(server);
    return persistence.rdbSaving ? undefined : persistence.rdbLastSaveOk;
  };
  const saved = await waitUntil(end, { ...wait, describe: () => `the BGSAVE of ${server.name}` });
  if (saved) return;
  throw new FailedError(`${server.name} could not save its data: its BGSAVE failed`, {
    about: { code: 'save-failed', node: server.name },
  });
}

/** Undefined while another child of the server saves or rewrites. */
async function beginSave(server: RedisNode): Promise<true | undefined> {
  try {
    await server.call('BGSAVE');
    return true;
  } catch (error) {
    if (error instanceof ReplyError && /in progress|already|active/i.test(error.message)) return;
    throw error;
  }
}
