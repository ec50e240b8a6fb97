import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Access } from '../../../src/access/access.js';
import { messageOf } from '../../../src/cli/hints/index.js';
import { LABEL } from '../../../src/docker/labels.js';
import { InvalidTopologyError } from '../../../src/errors.js';
import type { ObservedForWish } from '../../../src/observe/observed.js';
import type { Plan } from '../../../src/plan/plan.js';
import { planText } from '../../../src/plan/plan-text.js';
import type { Topology } from '../../../src/topology/topology.js';
import { ACCESS, CA_KEY, PASSWORD, REPLICATION_PASSWORD } from '../../support/access.js';
import { isUp, nothing, planOf, topology } from '../../support/topologies.js';

const wanted = topology({ replicas: 1 });

const labels = (plan: Plan) =>
  plan.steps.flatMap((step) =>
    step.kind === 'createContainer' ? [step.spec.labels[LABEL.access]] : [],
  );

function problems(of: Topology, observed: ObservedForWish, access?: Access | null): string {
  try {
    planOf(of, observed, { access });
  } catch (error) {
    if (error instanceof InvalidTopologyError) return messageOf(error);
    throw error;
  }
  return 'none';
}

const waitsFor = (id: string) => expect.arrayContaining([expect.objectContaining({ id })]);

describe('a new secured topology', () => {
  const plan = planOf(wanted, nothing(wanted), { access: ACCESS });

  it('writes the same access on every node, and lets its user have channels', () => {
    const written = plan.steps.filter((step) => step.kind === 'writeConfig');
    expect(written.map((step) => step.access)).toEqual([ACCESS, ACCESS]);
    expect(plan.steps.filter((step) => step.kind === 'grantChannels')).toMatchObject([
      { node: 'redis-1', user: 'app', after: waitsFor('ready redis-1') },
      { node: 'redis-2', user: 'app', after: waitsFor('ready redis-2') },
    ]);
    expect(labels(plan)).toEqual(['files', 'files']);
  });

  it('is planned without showing a secret, however the plan is printed', () => {
    const printed = [planText(plan), JSON.stringify(plan), inspect(plan, { depth: null })];
    for (const text of printed) {
      for (const secret of [PASSWORD, REPLICATION_PASSWORD, CA_KEY]) {
        expect(text).not.toContain(secret);
      }
    }
    expect(printed[1]).toContain('***');
  });

  it('grants nothing to the default user, who has all rights', () => {
    const { login, authority } = ACCESS;
    const byDefault = { login: login && { ...login, user: null }, authority };
    const { steps } = planOf(wanted, nothing(wanted), { access: byDefault });
    expect(steps.some((step) => step.kind === 'grantChannels')).toBe(false);
  });
});

it('an unsecured topology has no label of it, but over kept volumes, which may know more', () => {
  expect(labels(planOf(wanted, nothing(wanted)))).toEqual([undefined, undefined]);
  const kept = isUp(wanted, { 'redis-1': null, 'redis-2': null });
  expect(labels(planOf(wanted, kept))).toEqual(['files', 'files']);
});

describe('security of nodes that are there', () => {
  it('stays as it is', () => {
    expect(problems(wanted, { ...isUp(wanted), access: ACCESS })).toBe('none');
  });

  it('can’t change', () => {
    for (const [kept, next] of [
      [ACCESS, null],
      [null, ACCESS],
    ]) {
      expect(problems(wanted, { ...isUp(wanted), access: kept ?? null }, next)).toBe(
        'topology demo: another password, user or TLS setting is wanted than its nodes have; run `rrepl down --name demo` first (the data is kept), then `rrepl up --name demo` with these flags again',
      );
    }
  });

  it('can change while none of them is configured', () => {
    const created = { 'redis-1': { state: 'created' }, 'redis-2': { state: 'created' } } as const;
    expect(problems(wanted, isUp(wanted, created), ACCESS)).toBe('none');
  });
});

it('a user without a password is refused', () => {
  const wish = topology({ security: { user: 'app' } });
  expect(problems(wish, nothing(wish))).toBe(
    'security: user app needs a password; say --password auto',
  );
});
