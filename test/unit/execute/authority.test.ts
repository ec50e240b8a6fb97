/** The authority's key: in one place that no server mounts, whoever left it elsewhere. */
import { expect, it } from 'vitest';
import { createAuthority } from '../../../src/access/certificates.js';
import { CONF_FOLDER } from '../../../src/docker/names.js';
import { changesOf } from '../../../src/plan/plan-text.js';
import type { Topology } from '../../../src/topology/topology.js';
import { FakeRun, rejection } from '../../support/run.js';
import { topology } from '../../support/topologies.js';

const VOLUME = 'rrepl-demo_authority';
const wish = (replicas: number, more: Partial<Topology> = {}) =>
  topology({ replicas, security: { tls: true }, ...more });

async function up(replicas = 1) {
  const run = new FakeRun();
  await run.start({ topology: wish(replicas) });
  return run;
}

const fileOf = ({ runtime }: FakeRun, node: string, file: string) =>
  runtime.file(`rrepl-demo-${node}`, `${CONF_FOLDER}/${file}`);
const kept = ({ runtime }: FakeRun) => runtime.volumes.get(VOLUME)?.files;

it('is on a volume of its own, of mode 0600, and on no node', async () => {
  const run = await up();
  expect(kept(run)?.get('ca.key')).toMatchObject({
    text: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----/),
    owner: '0:0',
    mode: 0o600,
  });
  const key = kept(run)?.get('ca.key')?.text;
  for (const [name, { files }] of run.runtime.volumes) {
    const texts = [...files.values()].map(({ text }) => text);
    expect(texts.includes(key ?? ''), name).toBe(name === VOLUME);
  }
  for (const { spec } of run.runtime.containers.values()) {
    expect(spec.name).toMatch(/^rrepl-demo-redis-\d$/);
    expect(JSON.stringify(spec.mounts)).not.toContain(VOLUME);
  }
  expect(changesOf(await run.start({ topology: wish(1) }))).toEqual([]);
});

it('signs the certificates of nodes that come later', async () => {
  const run = await up();
  const key = kept(run)?.get('ca.key')?.text;
  await run.start({ topology: wish(3) });
  expect(fileOf(run, 'redis-4', 'server.crt')?.text).toMatch(/^-----BEGIN CERTIFICATE-----/);
  const authorities = ['redis-1', 'redis-4'].map((node) => fileOf(run, node, 'ca.crt')?.text);
  expect(authorities[1]).toBe(authorities[0]);
  expect(kept(run)?.get('ca.key')?.text).toBe(key);
});

it('is moved from nodes where the first versions left it', async () => {
  const run = await up();
  const key = kept(run)?.get('ca.key')?.text ?? '';
  run.runtime.volumes.delete(VOLUME);
  for (const node of ['redis-1', 'redis-2'])
    run.runtime.put(`rrepl-demo-${node}`, `${CONF_FOLDER}/ca.key`, key);
  await run.start({ topology: wish(1) });
  expect(kept(run)?.get('ca.key')?.text).toBe(key);
  expect(['redis-1', 'redis-2'].map((node) => fileOf(run, node, 'ca.key'))).toEqual([null, null]);
  expect(changesOf(await run.start({ topology: wish(1) }))).toEqual([]);
});

it('that is gone stands in the way of a new node only', async () => {
  const run = await up();
  kept(run)?.clear();
  const hz = [{ name: 'hz', args: ['20'] }];
  const nodes = wish(1).nodes.map((it) => ({ ...it, directives: hz }));
  await run.start({ topology: wish(1, { nodes }) });
  const error = await rejection(run.start({ topology: wish(2) }));
  expect(error.message).toContain(`authority is not in ${VOLUME}`);
});

it('of another authority signs nothing', async () => {
  const run = await up();
  const other = await createAuthority();
  const file = { owner: '0:0', mode: 0o600 };
  kept(run)?.set('ca.crt', { text: other.certificate, ...file });
  kept(run)?.set('ca.key', { text: other.key.reveal(), ...file });
  const error = await rejection(run.start({ topology: wish(2) }));
  expect(error.message).toContain(`authority is not in ${VOLUME}`);
});

it('goes with a run that fails', async () => {
  const run = new FakeRun();
  run.runtime.failOn('startContainer rrepl-demo-redis-2', new Error('no'));
  await rejection(run.start({ topology: wish(1) }));
  expect(run.runtime.inventory()).toEqual([]);
});
