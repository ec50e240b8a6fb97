import { describe, expect, it } from 'vitest';
import {
  argsProblem,
  canonicalName,
  isAsItIs,
  mergeLayers,
  nameProblem,
  ownedReason,
  toDirective,
  valueProblem,
} from '../../../src/config/directives.js';
import type { Directive } from '../../../src/topology/topology.js';

const layer = (...lines: [string, string][]): Directive[] =>
  lines.map(([name, value]) => toDirective(name, value));

describe('owned directives', () => {
  it.each([
    ...['port', 'PORT', 'bind', 'dir', 'protected-mode', 'replicaof', 'slaveof'],
    ...['replica-read-only', 'slave-read-only', 'replica-announce-ip', 'slave-announce-port'],
    ...['daemonize', 'supervised', 'pidfile', 'logfile', 'cluster-enabled', 'sentinel', 'include'],
    ...['rename-command', 'tls-port', 'tls-replication', 'requirepass', 'masterauth', 'masteruser'],
    ...['primaryauth', 'primaryuser', 'user', 'aclfile'],
  ])('%s has a reason', (name) => {
    expect(ownedReason(name)).toMatch(/^\S.*[^.]$/);
    expect(nameProblem(name)).toBe(`${name} can't be set: ${ownedReason(name)}`);
  });

  it.each([
    'maxclients',
    'unixsocket',
    'syslog-enabled',
    'replica-announced',
    'constructor',
    'search.x',
  ])('%s is left to the user', (name) => {
    expect(nameProblem(name)).toBeNull();
  });

  it.each(['', 'a b', '#', '1x', 'é', '{{port}}', 'a\nb'])('%j is not a name', (name) => {
    expect(nameProblem(name)).toBe(`${JSON.stringify(name)} is not the name of a directive`);
  });
});

describe('values', () => {
  it.each([
    ['3600 1', ['3600', '1']],
    ['', ['']],
    ['  ', ['']],
    ['3600\t1', ['3600', '1']],
    ['""', ['']],
    ['"a b"', ['a b']],
  ])('%j is %j', (text, args) => {
    expect(valueProblem(text)).toBeNull();
    expect(toDirective('Save', text)).toEqual({ name: 'save', args });
  });

  it.each([
    ['"a', 'a double quote is opened and never closed'],
    ['a\nb', "a value can't hold the control character U+000A"],
    ['a\0', "a value can't hold the control character U+0000"],
    ['"a\nb"', "a value can't hold the control character U+000A"],
    [String.raw`"a\nb"`, "a value can't hold the control character U+000A"],
  ])('%j is refused', (text, message) => {
    expect(valueProblem(text)).toBe(message);
  });

  it('must be there', () => {
    expect(argsProblem([])).toBe('a directive needs a value; write "" for an empty one');
  });
});

describe('canonicalName', () => {
  it.each([
    ['SLAVEOF', 'replicaof'],
    ['min-slaves-to-write', 'min-replicas-to-write'],
    ['repl-ping-slave-period', 'repl-ping-replica-period'],
    ['hash-max-ziplist-entries', 'hash-max-listpack-entries'],
    ['primaryauth', 'masterauth'],
    ['save', 'save'],
    ['toString', 'tostring'],
  ])('%s is %s', (name, expected) => {
    expect(canonicalName(name)).toBe(expected);
  });
});

describe('mergeLayers', () => {
  it('lets the last line of a layer win', () => {
    expect(mergeLayers(layer(['hz', '10'], ['maxclients', '5'], ['hz', '20']))).toEqual(
      layer(['maxclients', '5'], ['hz', '20']),
    );
  });

  it('keeps every line of a directive that may repeat', () => {
    const lines = layer(['save', '3600 1'], ['loadmodule', '/a.so'], ['save', '300 100']);
    expect(mergeLayers(lines)).toEqual(lines);
  });

  it('lets a later layer replace all lines of a directive', () => {
    const first = layer(['save', '3600 1'], ['save', '300 100'], ['hz', '10']);
    expect(mergeLayers(first, layer(['save', '']))).toEqual(layer(['hz', '10'], ['save', '']));
  });

  it('knows a directive by its old and its new name', () => {
    const merged = mergeLayers(layer(['slave-priority', '1']), layer(['replica-priority', '2']));
    expect(merged).toEqual(layer(['replica-priority', '2']));
  });

  it('merges nothing to nothing', () => {
    expect(mergeLayers()).toEqual([]);
  });
});

it.each([
  ['port', '6379', true],
  ['PORT', '6379', true],
  ['port', '6380', false],
  ['bind', '0.0.0.0', true],
  ['bind', '127.0.0.1', false],
  ['slave-read-only', 'yes', true],
  ['replica-read-only', 'no', false],
  ['daemonize', 'no', true],
  ['logfile', '""', true],
  ['dir', '/data', true],
  ['maxmemory', '0', false],
  ['requirepass', '""', false],
])('%s %s holds anyway: %j', (name, value, holds) => {
  expect(isAsItIs(toDirective(name, value))).toBe(holds);
});
