/** A long file that begins last would run alone at the end, while the other processes are idle. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Of test/docker, the longest first. */
const LONG = [
  'drills',
  'stories',
  'secured',
  'main-path',
  'heal',
  'runtime',
  'kill-master',
  'readme',
  'verify',
  'failover',
  'state-machine',
  'set-aside',
  'interrupted',
].map((name) => `/test/docker/${name}.test.ts`);

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONG.findIndex((path) => moduleId.endsWith(path));
      return at < 0 ? LONG.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
