/** Removes all that a benchmark makes, found by the projects' labels, whoever made it. */
import Docker from 'dockerode';
import { PROJECT_LABEL, PROJECTS } from './subjects.mjs';

/** What a killed process had asked for may appear after the first look. */
const ROUNDS = 5;

export async function removeAll() {
  const docker = new Docker();
  for (let round = 0; round < ROUNDS; round += 1) {
    const removed = await Promise.all(PROJECTS.map((project) => removeProject(docker, project)));
    if (!removed.includes(true)) return;
  }
}

/** Whether there was anything to remove. */
async function removeProject(docker, project) {
  const filters = { label: [`${PROJECT_LABEL}=${project}`] };
  const containers = await docker.listContainers({ all: true, filters });
  await Promise.all(
    containers.map(({ Id }) => gone(docker.getContainer(Id).remove({ force: true, v: true }))),
  );
  const [networks, { Volumes }] = await Promise.all([
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  await Promise.all([
    ...networks.map(({ Id }) => gone(docker.getNetwork(Id).remove())),
    ...(Volumes ?? []).map(({ Name }) => gone(docker.getVolume(Name).remove())),
  ]);
  return containers.length + networks.length + (Volumes ?? []).length > 0;
}

/** The engine may be removing it already: the next round tells. */
async function gone(removal) {
  await removal.catch(({ statusCode, message }) => {
    if (statusCode !== 404 && statusCode !== 409) throw new Error(message);
  });
}
