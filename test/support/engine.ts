/** The engine, asked without rrepl: in this process, so that it costs no other. */
import Docker from 'dockerode';

export const engine = new Docker();

/** What a killed process had asked for may appear after the first look. */
const ROUNDS = 5;

/** Removes all of a topology, whatever state it is in; rejects if something is left. */
export async function removeByLabel(topology: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) if (await nothingLeft(topology)) return;
  throw new Error(`something of ${topology} is left`);
}

/** Removes what is there. */
async function nothingLeft(topology: string): Promise<boolean> {
  const filters = { label: [`dev.rrepl.topology=${topology}`] };
  const containers = await engine.listContainers({ all: true, filters });
  await Promise.all(
    containers.map(({ Id }) => gone(engine.getContainer(Id).remove({ force: true, v: true }))),
  );
  const [networks, { Volumes }] = await Promise.all([
    engine.listNetworks({ filters }),
    engine.listVolumes({ filters: JSON.stringify(filters) }),
  ]);
  await Promise.all([
    ...networks.map(({ Id }) => gone(engine.getNetwork(Id).remove())),
    ...(Volumes ?? []).map(({ Name }) => gone(engine.getVolume(Name).remove())),
  ]);
  return containers.length + networks.length + (Volumes ?? []).length === 0;
}

/** It may be gone already, or the engine is at it: the next look tells. */
async function gone(removal: Promise<unknown>): Promise<void> {
  await removal.catch(({ statusCode, message }) => {
    if (statusCode !== 404 && statusCode !== 409) throw new Error(message);
  });
}
