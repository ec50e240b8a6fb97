import { expect, it } from 'vitest';
import { main } from '../../../../src/main.js';
import { captured, noInput } from '../../../support/streams.js';

it.each([
  [['run'], 'no program to run is given\nit stands behind `--`: rrepl run -- npm test'],
  [
    ['run', 'npm', 'test'],
    "too many arguments for 'run'.*\nthe program stands behind `--`: rrepl run -- npm test",
  ],
  [['run', '--seed', '7', '--', 'true'], '--seed is of --chaos, and there is none'],
  [['run', '--when', 'x', '--', 'true'], '--when is of --fault and --chaos, and there is none'],
  [
    ['run', '--recover', 'none', '--', 'true'],
    '--recover is of --fault and --chaos, and there is none',
  ],
])('%j is refused', async (argv, words) => {
  const streams = { stdin: noInput(), stdout: captured(), stderr: captured() };
  expect(await main(argv, { ...streams, env: {}, cwd: '/' })).toBe(2);
  expect(streams.stderr.text).toMatch(new RegExp(`^error: ${words}`));
});
