/** What `why --election` foretells of topologies that run, with sentinels and without. */
import { afterAll, expect, test } from 'vitest';
import type { ElectionOutlook } from '../../src/operations/election.js';
import { docker, redis } from '../support/docker.js';
import { freePorts } from '../support/ports.js';
import { newTopology, removeTopologies, rrepl } from '../support/rrepl.js';
import { expectShape } from '../support/shapes.js';

afterAll(removeTopologies);

async function up(...args: string[]): Promise<string> {
  const name = newTopology('e');
  await rrepl(['up', '--name', name, '--port', String(await freePorts(6)), ...args]);
  return name;
}

async function outlook(name: string, ...gone: string[]): Promise<ElectionOutlook> {
  const document = JSON.parse(
    await rrepl(['why', '--election', ...gone, '--name', name, '--json']),
  );
  expectShape('election', document);
  return document;
}

test('of a topology that sentinels watch', async () => {
  const name = await up('--replicas', '2', '--sentinels', '3');
  const text = await rrepl(['why', '--election', '--name', name]);
  expect(text).toMatch(
    /^if redis-1 died now: redis-[23] in 1\.3 to 1\.6 s, because of its .*; with sentinel-1 and sentinel-2 gone too: none \(/,
  );
  await redis(name, 'redis-3', 'CONFIG', 'SET', 'replica-priority', '7');
  await expect
    .poll(async () => (await outlook(name)).outlooks[0]?.election.elected)
    .toMatchObject({ replica: 'redis-3', rule: 'priority' });
  const without = await outlook(name, 'redis-3');
  expect(without).toMatchObject({ gone: 'redis-3', master: 'redis-1' });
  expect(without.outlooks[0]?.election.elected).toMatchObject({ replica: 'redis-2', rule: 'only' });
  expect((await outlook(name, 'sentinel-2')).endedBy?.sentinels).toEqual(['sentinel-1']);
  await docker('kill', `rrepl-${name}-sentinel-2`, `rrepl-${name}-sentinel-3`);
  const { sentinels, outlooks, endedBy } = await outlook(name);
  expect(sentinels).toEqual(['sentinel-1']);
  expect(outlooks[0]?.election).toMatchObject({ elected: null, obstacle: 'quorum' });
  expect(endedBy).toBeNull();
});

test('of a plain one: nobody, and who can', async () => {
  const name = await up('--replicas', '1');
  expect(await rrepl(['why', '--election', '--name', name])).toBe(
    [
      `if redis-1 died now: none. No sentinel watches ${name}, so nobody is promoted.`,
      `  \`rrepl heal --name ${name}\` promotes the replica that has most, \`rrepl promote NODE --name ${name}\` one that you name`,
      '',
    ].join('\n'),
  );
  expect((await outlook(name)).outlooks).toEqual([]);
});
