/** Says at the end of a run of many files where the time went. */
import type { Reporter, TestModule } from 'vitest/node';

const FILES_AT_LEAST = 20;
const SHOWN = 15;

export default class SlowestReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    if (modules.length < FILES_AT_LEAST) return;
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    print(
      'slowest files',
      modules.map((module) => [module.diagnostic().duration, module.relativeModuleId]),
    );
    print(
      'slowest tests',
      tests.map((test) => [
        test.diagnostic()?.duration ?? 0,
        `${test.module.relativeModuleId} > ${test.fullName}`,
      ]),
    );
  }
}

function print(title: string, timed: readonly (readonly [ms: number, name: string])[]): void {
  const lines = timed
    .toSorted(([a], [b]) => b - a)
    .slice(0, SHOWN)
    .map(([ms, name]) => `${(ms / 1000).toFixed(1).padStart(7)} s  ${name}`);
  process.stdout.write(`\n${title}\n${lines.join('\n')}\n`);
}
