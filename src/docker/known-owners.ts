/**
 * Whose files a server's are, by image, kept between runs: what has an image's id never changes, and
 * reading it from a container costs the engine a process and `up` a tenth of a second.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Owner } from './server-user.js';

export interface KnownOwners {
  /** @param image its id, and what may make a difference beside it; `ask` is called where it isn't known */
  of(image: string, ask: () => Promise<Owner>): Promise<Owner>;
}

/** In the user's cache folder. */
export const keptOwners = (env: NodeJS.ProcessEnv): KnownOwners => {
  const cache = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return ownersIn(join(cache, 'rrepl', 'owners.json'));
};

export const ownersIn = (file: string): KnownOwners => ({
  of: async (image, ask) => {
    const known = await read(file);
    const found = known[image];
    if (isOwner(found)) return found;
    const owner = await ask();
    await keep(file, { ...known, [image]: owner });
    return owner;
  },
});

async function read(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return Object(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return {};
  }
}

const isOwner = (value: unknown): value is Owner => {
  const { uid, gid } = Object(value);
  return Number.isInteger(uid) && Number.isInteger(gid);
};

/** Where nothing can be kept, the next run asks again. */
async function keep(file: string, known: Readonly<Record<string, unknown>>): Promise<void> {
  const whole = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(whole, JSON.stringify(known));
    await rename(whole, file);
  } catch {}
}
