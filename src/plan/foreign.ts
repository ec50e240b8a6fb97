/** Why a topology can't be made where others have taken its names. Pure. */
import type { Foreign } from '../docker/foreign.js';
import type { Problem } from '../errors.js';

export const foreignProblems = (topology: string, foreign: readonly Foreign[]): Problem[] =>
  foreign.map(({ kind, name, owner }) => ({
    source: `topology ${topology}`,
    message: `there is a ${kind} ${name} already, and it is ${owner === null ? "not rrepl's" : `of the topology ${owner}`}: rrepl leaves it alone`,
    about: { code: 'foreign-name', kind, name },
  }));
