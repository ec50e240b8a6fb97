import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConf } from '../../../src/config/conf-file.js';
import { canonicalName, mergeLayers, toDirective } from '../../../src/config/directives.js';
import { renderNodeConf } from '../../../src/config/render.js';
import { shippedFile } from '../../../src/topology/shipped.js';
import type { TopologyNode } from '../../../src/topology/topology.js';
import { CONTAINERS } from '../../support/topologies.js';
import { directives } from './arbitraries.js';

const template = readFileSync(shippedFile('templates/redis.conf'), 'utf8');
const master: TopologyNode = { name: 'redis-1', upstream: null, directives: [] };
const replica: TopologyNode = { name: 'redis-2', upstream: 'redis-1', directives: [] };

/** What Redis would read: the lines without comments. */
const effective = (node: TopologyNode) =>
  renderNodeConf({ template, containers: CONTAINERS }, node)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

describe('renderNodeConf', () => {
  it('writes a master', () => {
    expect(effective(master).join('\n')).toMatchInlineSnapshot(`
      "bind 0.0.0.0
      protected-mode no
      port 6379
      dir /data
      save 3600 1
      save 300 100
      save 60 10000
      appendonly no
      repl-backlog-size 64mb
      repl-diskless-sync no
      replica-read-only yes"
    `);
  });

  it('writes a replica', () => {
    const lines = effective(replica);
    expect(lines).toContain('replicaof redis-1 6379');
    expect(lines).toContain('replica-read-only yes');
    expect(lines.filter((line) => line !== 'replicaof redis-1 6379')).toEqual(effective(master));
  });

  it('starts with a comment that names the node, and is the same every time', () => {
    expect(renderNodeConf({ template, containers: CONTAINERS }, replica)).toMatch(
      /^# .*\bredis-2\b/,
    );
    expect(renderNodeConf({ template, containers: CONTAINERS }, replica)).toBe(
      renderNodeConf({ template, containers: CONTAINERS }, replica),
    );
  });

  it("puts the user's lines in the place of the template's", () => {
    const node = { ...master, directives: [toDirective('save', ''), toDirective('hz', '20')] };
    const lines = effective(node);
    expect(lines.filter((line) => line.startsWith('save'))).toEqual(['save ""']);
    expect(lines).toContain('hz 20');
    expect(renderNodeConf({ template, containers: CONTAINERS }, node)).toContain(
      '\n# overridden: save 3600 1\n',
    );
  });

  it('knows a line of the template by its old name', () => {
    const old = 'slave-priority 5\n{{replication}}\n{{overrides}}';
    const node = { ...master, directives: [toDirective('replica-priority', '0')] };
    expect(renderNodeConf({ template: old, containers: CONTAINERS }, node)).toBe(
      '# overridden: slave-priority 5\nreplica-read-only yes\nreplica-priority 0',
    );
  });

  it('is read back by Redis as what was asked for, and keeps what rrepl needs', () => {
    fc.assert(
      fc.property(directives, (wished) => {
        const node = { ...replica, directives: mergeLayers(wished) };
        const { lines, problems } = parseConf(
          renderNodeConf({ template, containers: CONTAINERS }, node),
          'redis.conf',
        );
        const read = lines.map(({ directive }) => directive);
        const wishedNames = new Set(wished.map(({ name }) => canonicalName(name)));
        expect(problems).toEqual([]);
        expect(read.filter(({ name }) => wishedNames.has(canonicalName(name)))).toEqual(
          node.directives,
        );
        expect(read).toEqual(
          expect.arrayContaining([
            { name: 'port', args: ['6379'] },
            { name: 'bind', args: ['0.0.0.0'] },
            { name: 'protected-mode', args: ['no'] },
            { name: 'dir', args: ['/data'] },
            { name: 'replicaof', args: ['redis-1', '6379'] },
          ]),
        );
      }),
    );
  });
});
