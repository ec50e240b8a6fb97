/** Files in containers, by the engine's archive calls. */
import type { Readable } from 'node:stream';
import type { Call } from '../call.js';
import { repeatWhile } from '../engine-calls.js';
import { isVanishing } from '../engine-errors.js';
import { parsePathStat } from '../path-stat.js';
import type { FileEntry, FileStat, Runtime } from '../runtime.js';
import { abortedBy, type Client } from './client.js';

/** How long the engine may be silent while it sends a file. */
const FILE_SILENCE_MS = 30_000;

type Files = Pick<
  Runtime,
  'readFile' | 'readFolder' | 'statFile' | 'readHead' | 'readTail' | 'writeFiles'
>;

/** Only for files that are read or written, and before the engine is asked: what streams must find its listeners. */
const archives = () => import('../archive.js');

export function files(client: Client): Files {
  const { docker, calls } = client;
  return {
    async readFile(container: string, path: string): Promise<string | null> {
      const { unpackFile } = await archives();
      return readArchive(client, container, path, path, unpackFile);
    },

    async readFolder(container: string, folder: string): Promise<ReadonlyMap<string, string>> {
      const { unpackFolder } = await archives();
      const found = await readArchive(client, container, folder, `${folder}/.`, unpackFolder);
      return found ?? new Map();
    },

    async statFile(container: string, path: string): Promise<FileStat | null> {
      return calls.find(`look at ${path} in container ${container}`, async (call) => {
        const { stat } = await locate(client, container, path, call);
        return stat;
      });
    },

    readHead(container: string, path: string, bytes: number): Promise<Buffer | null> {
      return readPart(client, container, path, bytes, 'head');
    },

    readTail(container: string, path: string, bytes: number): Promise<Buffer | null> {
      return readPart(client, container, path, bytes, 'tail');
    },

    async writeFiles(
      container: string,
      folder: string,
      files: readonly FileEntry[],
    ): Promise<void> {
      const { packFiles, rooted } = await archives();
      const { path, entries } = rooted(folder, files);
      const archive = await packFiles(entries);
      await calls.ask(`write to ${folder} in container ${container}`, (call) =>
        docker.getContainer(container).putArchive(archive, { path, ...abortedBy(call) }),
      );
    },
  };
}

/** Null if there is no such path. @param at what of it the engine is to send */
const readArchive = <T>(
  { docker, calls }: Client,
  container: string,
  path: string,
  at: string,
  unpack: (archive: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T | null> =>
  calls.find(`read ${path} in container ${container}`, (call) =>
    repeatWhile(isVanishing, call, async () => {
      const archive = await docker
        .getContainer(container)
        .getArchive({ path: at, ...abortedBy(call) });
      return unpack(archive as AsyncIterable<Buffer>);
    }),
  );

async function readPart(
  client: Client,
  container: string,
  path: string,
  bytes: number,
  end: 'head' | 'tail',
): Promise<Buffer | null> {
  const { unpackPart } = await archives();
  return client.calls.find(`read ${path} in container ${container}`, async (call) => {
    const { path: place, stat } = await locate(client, container, path, call);
    // The engine would send all that is in it.
    if (stat.isFolder) return null;
    const archive = await client.docker.getContainer(container).getArchive({
      path: place,
      ...abortedBy(call),
    });
    archive.on('data', () => call.allow(FILE_SILENCE_MS));
    return unpackPart(archive as Readable, bytes, end);
  });
}

/** Where a path leads: the engine's archive of a symbolic link is the link itself. */
async function locate({ docker }: Client, container: string, path: string, call: Call) {
  const look = async (at: string) => {
    const options = { path: at, ...abortedBy(call) };
    const answer = await docker.getContainer(container).infoArchive(options);
    // An answer that nobody reads to its end keeps its socket, and the process with it.
    answer.resume();
    return parsePathStat(String(answer.headers['x-docker-container-path-stat']));
  };
  const { stat, linkTarget } = await look(path);
  if (linkTarget === null) return { path, stat };
  return { path: linkTarget, stat: (await look(linkTarget)).stat };
}
