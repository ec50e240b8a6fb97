/** Removes a topology that was observed. */
import { existsSync } from 'node:fs';
import { LABEL } from '../docker/labels.js';
import { setAsideFolderUnder } from '../docker/names.js';
import type { Runtime } from '../docker/runtime.js';
import type { EngineTopology } from '../docker/topologies.js';
import { teardown } from '../plan/teardown.js';
import { Deadline } from '../redis/wait.js';
import { causeOf, execute } from './execute.js';
import type { Emit } from './world.js';

/** A server may take 15 s to stop, and its engine a while to remove it. */
const TIMEOUT_MS = 120_000;

export interface TakeDownOptions {
  /** Remove the volumes too. */
  readonly volumes: boolean;
  readonly signal: AbortSignal;
  readonly emit: Emit;
}

/** What is set aside under --dir, as far as its containers tell. */
export const setAsideFolders = ({ nodes }: EngineTopology): string[] =>
  nodes.flatMap(({ name, container }) => {
    const dir = container?.labels[LABEL.dir];
    const folder = dir && setAsideFolderUnder(dir, name);
    return folder && existsSync(folder) ? [folder] : [];
  });

/** Rejects with what the first failed step met. */
export async function takeDown(
  runtime: Runtime,
  topology: EngineTopology,
  { volumes, signal, emit }: TakeDownOptions,
): Promise<void> {
  const connect = () => {
    throw new Error('taking down asks no server');
  };
  const world = {
    runtime,
    creation: null,
    connect,
    emit,
    signal,
    deadline: new Deadline(TIMEOUT_MS),
  };
  try {
    const folders = setAsideFolders(topology);
    await execute(teardown(topology, { volumes, folders }), world);
  } catch (error) {
    throw causeOf(error);
  }
}
