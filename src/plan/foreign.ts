/** Why a topology can't be made where others have taken its names. Pure. */
import type { Foreign } from '../docker/foreign.js';
import type { Problem } from '../errors.js';

const SHOW: Readonly<Record<Foreign['kind'], string>> = {
  container: 'docker inspect',
  network: 'docker network inspect',
  volume: 'docker volume inspect',
};

export const foreignProblems = (topology: string, foreign: readonly Foreign[]): Problem[] =>
  foreign.map(({ kind, name, owner }) => ({
    source: `topology ${topology}`,
    message: `there is a ${kind} ${name} already, and it is ${owner === null ? "not rrepl's" : `of the topology ${owner}`}: rrepl leaves it alone; look at it with \`${SHOW[kind]} ${name}\`, remove it yourself, or choose another --name`,
  }));
