/** Where salvaged writes go if nobody says where: data of a user's programs, to be kept. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export function salvageFolder(env: NodeJS.ProcessEnv): string {
  const state = env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state');
  return join(state, 'rrepl', 'salvage');
}
