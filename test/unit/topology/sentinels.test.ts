import { describe, expect, it } from 'vitest';
import { InvalidTopologyError } from '../../../src/errors.js';
import { parseTopologyFile } from '../../../src/topology/parse-yaml.js';
import type { Present } from '../../../src/topology/present.js';
import { resolveTopology, type Wishes } from '../../../src/topology/resolve.js';
import { TEMPLATE } from '../../support/topologies.js';

interface Given extends Partial<Pick<Wishes, 'flags' | 'env' | 'complete'>> {
  yaml?: string;
  present?: Present;
}

function resolve({ yaml = '', present, ...rest }: Given = {}) {
  const { wish, problems } = parseTopologyFile(yaml, 'rrepl.yaml');
  return resolveTopology(
    {
      flags: {},
      env: {},
      cwd: '/work',
      conf: null,
      template: { name: 'redis.conf', text: TEMPLATE },
      sentinelTemplate: '',
      complete: yaml !== '',
      ...rest,
      file: { name: 'rrepl.yaml', wish },
      problems,
    },
    present ?? null,
  ).sentinels;
}

function problemsOf(given: Given): string[] {
  try {
    resolve(given);
  } catch (error) {
    if (!(error instanceof InvalidTopologyError)) throw error;
    return error.problems.map(({ source, line, message }) => `${source}:${line ?? ''} ${message}`);
  }
  return [];
}

const settings = (given: Given, name = 'sentinel-1') =>
  Object.fromEntries(
    (resolve(given)?.nodes.find((it) => it.name === name)?.directives ?? []).map((it) => [
      it.name,
      it.args.join(' '),
    ]),
  );

const there = (count: number, values: Record<string, string> = { quorum: '2' }): Present => ({
  images: ['redis:6.0'],
  dir: null,
  containers: null,
  port: 6381,
  master: 'redis-1',
  nodes: ['redis-1', 'redis-2'].map((name) => ({ name, directives: [] })),
  sentinels: Array.from({ length: count }, (_, at) => ({
    name: `sentinel-${at + 1}`,
    directives: Object.entries(values).map(([name, value]) => ({ name, args: [value] })),
  })),
});

describe('sentinels', () => {
  it('are none unless somebody asks for them', () => {
    expect(resolve()).toBeNull();
    expect(resolve({ yaml: 'sentinels: 0' })).toBeNull();
  });

  it.each([
    [{ flags: { sentinels: '3' } }],
    [{ env: { RREPL_SENTINELS: '3' } }],
    [{ yaml: 'sentinels: 3' }],
    [{ yaml: 'sentinels: { count: 3 }' }],
    [{ yaml: 'sentinels: 5', flags: { sentinels: '3' } }],
  ])('are said by flag, variable and file: %j', (given) => {
    const found = resolve(given);
    expect(found?.nodes.map(({ name }) => name)).toEqual([
      'sentinel-1',
      'sentinel-2',
      'sentinel-3',
    ]);
    expect(found?.quorum).toBe(2);
  });

  it('need a majority unless told otherwise, a second of silence, and re-point all replicas at once', () => {
    expect(settings({ flags: { sentinels: '5', replicas: '4' } })).toEqual({
      quorum: '3',
      'down-after-milliseconds': '1000',
      'failover-timeout': '10000',
      'parallel-syncs': '4',
    });
  });

  it('take settings for all, for one, and by flag above both', () => {
    const yaml = [
      'sentinels:',
      '  count: 2',
      '  quorum: 1',
      '  config: { down-after-milliseconds: 2000, loglevel: debug }',
      '  nodes:',
      '    sentinel-2: { config: { down-after-milliseconds: 5000 } }',
    ].join('\n');
    expect(settings({ yaml })).toMatchObject({ 'down-after-milliseconds': '2000', quorum: '1' });
    expect(settings({ yaml }, 'sentinel-2')).toMatchObject({
      'down-after-milliseconds': '5000',
      loglevel: 'debug',
    });
    const flags = { downAfter: '3s' };
    expect(settings({ yaml, flags }, 'sentinel-2')).toMatchObject({
      'down-after-milliseconds': '3000',
    });
  });

  it('stay as they are where nothing is said of them', () => {
    const present = there(3, { quorum: '1', 'down-after-milliseconds': '4000' });
    expect(settings({ present }, 'sentinel-3')).toMatchObject({
      quorum: '1',
      'down-after-milliseconds': '4000',
    });
    expect(settings({ present, flags: { sentinels: '5' } }, 'sentinel-5')).toMatchObject({
      quorum: '1',
      'down-after-milliseconds': '4000',
    });
  });

  it('have another majority with another number', () => {
    const present = there(3);
    expect(resolve({ present, flags: { sentinels: '5' } })?.quorum).toBe(3);
    expect(resolve({ present, flags: { sentinels: '1' } })?.quorum).toBe(1);
    expect(resolve({ present, flags: { sentinels: '0' } })).toBeNull();
  });

  it('are refused with all that is wrong at once', () => {
    const yaml = [
      'sentinels:',
      '  count: 3',
      '  quorum: 4',
      '  config:',
      '    port: 1',
      '    down-after-milliseconds: 200',
      '    sentinel: monitor',
      '    parallel-syncs: many',
      '    quorum: 1',
      '  nodes:',
      '    watcher: {}',
      '    sentinel-9:',
    ].join('\n');
    const found = problemsOf({ yaml }).join('\n');
    for (const part of [
      ":5 port can't be set",
      ':6 down-after-milliseconds must be 500 or more',
      ":7 sentinel can't be set: say the setting alone",
      ':8 parallel-syncs must be a whole number',
      ":9 quorum can't be set: say it as quorum of sentinels",
      ':11 a sentinel is named sentinel-1',
    ]) {
      expect(found).toContain(part);
    }
    expect(problemsOf({ yaml: 'sentinels: { count: 3, quorum: 4 }' })).toEqual([
      'rrepl.yaml: a quorum of 4 is more than 3 sentinels: no failover would ever begin',
    ]);
    expect(problemsOf({ yaml: 'sentinels: { count: 1, nodes: { sentinel-9: } }' })).toEqual([
      'rrepl.yaml: no sentinel is named "sentinel-9"; there are sentinel-1',
    ]);
  });

  it.each([
    [
      'failover-timout: 3000',
      '"failover-timout" is not a setting of sentinels (did you mean "failover-timeout"?)',
    ],
    ['loglevel: loud', 'loglevel must be debug, verbose, notice, warning or nothing'],
    ['maxmemory: 1gb', '"maxmemory" is not a setting of sentinels'],
  ])('are refused a setting on which they would exit, for all and for one: %s', (line, message) => {
    const config = `config: { ${line} }`;
    const own = `nodes: { sentinel-1: { ${config} } }`;
    for (const said of [config, own]) {
      const found = problemsOf({ yaml: `sentinels:\n  count: 1\n  ${said}` }).join('\n');
      expect(found).toContain(`rrepl.yaml:3 ${message}`);
    }
  });

  it.each(['loglevel: WARNING', 'maxclients: 100', 'Failover-Timeout: 3000'])('take %s', (line) => {
    expect(problemsOf({ yaml: `sentinels: { count: 1, config: { ${line} } }` })).toEqual([]);
  });

  it('stand under sentinels.nodes, and not among the nodes', () => {
    const yaml = 'sentinels: 1\nnodes: { redis-1: , sentinel-1: {} }';
    expect(problemsOf({ yaml }).join('\n')).toContain('sentinels stand under sentinels.nodes');
  });

  it.each([
    [{ quorum: '2' }, 'quorum: there are no sentinels'],
    [{ downAfter: '1s' }, 'downAfter: there are no sentinels'],
    [{ sentinels: '3', quorum: '4' }, 'quorum: a quorum of 4 is more than 3 sentinels'],
    [{ sentinels: '3', quorum: 'two' }, 'quorum: quorum must be a whole number'],
    [{ sentinels: '3', downAfter: '200ms' }, 'downAfter: it must be 500 or more'],
    [{ sentinels: '3', downAfter: 'soon' }, 'downAfter: must be a time such as'],
    [{ sentinels: '99' }, 'sentinels: sentinels must be a whole number from 0 to 15'],
  ])('%j: %s', (flags, expected) => {
    expect(problemsOf({ flags }).join('\n')).toContain(expected.replace(': ', ': '));
  });

  it('have names that no node can have', () => {
    const yaml = 'sentinels: 1\nnodes: { sentinel-1: , other: { replicaOf: sentinel-1 } }';
    expect(problemsOf({ yaml })).toEqual([
      'rrepl.yaml: sentinel-1 is the name of a sentinel: no node can have it',
    ]);
  });
});
