import { expect, test } from 'vitest';
import { recordIn, wishedDirectives, withRecord } from '../../../src/config/wish-record.js';
import { CONTAINERS, node, TEMPLATE } from '../../support/topologies.js';

const RECORD = {
  image: 'redis:7.0',
  port: 29340,
  directives: [
    { name: 'save', args: ['3600', '1'] },
    { name: 'proc-title-template', args: ['{title} "x"'] },
    { name: 'save', args: [''] },
  ],
};

test('what was asked for comes back, whatever becomes of the directives', () => {
  const conf = withRecord('hz 10\n# a comment\n', RECORD);
  expect(recordIn(conf)).toEqual(RECORD);
  expect(recordIn(conf.replace('hz 10', 'hz 500'))).toEqual(RECORD);
});

test('a new record takes the place of the old one', () => {
  const again = { image: null, port: null, directives: [{ name: 'hz', args: ['20'] }] };
  const conf = withRecord(withRecord('hz 10\n', RECORD), again);
  expect(recordIn(conf)).toEqual(again);
  expect(conf).toBe(withRecord('hz 10\n', again));
});

test.each([null, 'redis-1'])('whom the node was to follow comes back: %s', (upstream) => {
  const conf = withRecord('hz 10\n', { ...RECORD, upstream });
  expect(recordIn(conf)).toEqual({ ...RECORD, upstream });
});

test('one of a version that kept no port is read as well', () => {
  const conf = withRecord('hz 10\n', { ...RECORD, port: null });
  expect(conf).not.toContain('published');
  expect(recordIn(conf)).toEqual({ ...RECORD, port: null });
});

test('without one, the directives of the file are what was asked for, but for those that rrepl decides', () => {
  const conf = 'port 6379\nreplicaof redis-1 6379\nreplica-read-only yes\nuser default on\nhz 10\n';
  expect(recordIn(conf)).toEqual({
    image: null,
    port: null,
    directives: [{ name: 'hz', args: ['10'] }],
  });
});

test('what is asked of a node is its template and its own, once each', () => {
  const wished = wishedDirectives(
    { template: TEMPLATE, containers: CONTAINERS },
    {
      ...node('redis-2', 'redis-1'),
      directives: [{ name: 'save', args: [''] }],
    },
  );
  expect(wished.map(({ name, args }) => [name, ...args].join(' '))).toEqual([
    'appendonly no',
    'repl-backlog-size 64mb',
    'repl-diskless-sync no',
    'save ',
  ]);
});
