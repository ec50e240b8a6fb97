import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../src/errors.js';
import { parseTopologyFile } from '../../../src/topology/parse-yaml.js';
import { shippedFile } from '../../../src/topology/shipped.js';
import { amount } from '../../support/amount.js';

const parse = (text: string) => parseTopologyFile(text, 'rrepl.yaml');
const problems = (text: string) => parse(text).problems.map(formatProblem).join('\n');

describe('a good file', () => {
  it.each(['', '# only a comment\n', '{}'])('may say nothing: %j', (text) => {
    expect(parse(text)).toEqual({ wish: { directives: [], nodes: undefined }, problems: [] });
  });

  it('says what is wished', () => {
    const text = `
name: demo
image: ghcr.io:443/Acme/redis:6.0
port: 7000
dir: ./data
template: my.conf
replicas: 3
config:
  save: ['3600 1', 300 100]
  appendonly: true
  MaxMemory: 100mb
  hz: 20
  notify-keyspace-events: ''
  syslog-ident: '"two words"'
`.replace('Acme', 'acme');
    expect(parse(text)).toEqual({
      wish: {
        name: 'demo',
        image: 'ghcr.io:443/acme/redis:6.0',
        port: 7000,
        dir: './data',
        template: 'my.conf',
        replicas: 3,
        nodes: undefined,
        directives: [
          { name: 'save', args: ['3600', '1'] },
          { name: 'save', args: ['300', '100'] },
          { name: 'appendonly', args: ['yes'] },
          { name: 'maxmemory', args: ['100mb'] },
          { name: 'hz', args: ['20'] },
          { name: 'notify-keyspace-events', args: [''] },
          { name: 'syslog-ident', args: ['two words'] },
        ],
      },
      problems: [],
    });
  });

  it('orders its nodes: the master, then each after its upstream', () => {
    const text = `
nodes:
  far: { replicaOf: near, config: { hz: 20 } }
  near: { replicaOf: top }
  top:
`;
    expect(parse(text).wish.nodes).toEqual([
      { name: 'top', upstream: null, directives: [] },
      { name: 'near', upstream: 'top', directives: [] },
      { name: 'far', upstream: 'near', directives: [{ name: 'hz', args: ['20'] }] },
    ]);
    expect(problems(text)).toBe('');
  });

  it('may use anchors', () => {
    expect(problems('nodes: { a: , b: &r { replicaOf: a }, c: *r }')).toBe('');
  });

  it('is the example that the package ships', () => {
    const text = readFileSync(shippedFile('templates/rrepl.yaml'), 'utf8');
    expect(problems(text)).toBe('');
    expect(problems(text.replace(/^replicas.*$/m, '').replaceAll(/^# (?=nodes:| {2})/gm, ''))).toBe(
      '',
    );
  });
});

describe('a bad file', () => {
  it('has all its problems reported at once', () => {
    const text = `name: My_Demo
image: redis 6.0
prot: 7000
port: 70000
dir: ~/data
template:
replicas: two
config:
  port: 7000
  save: ['3600 1', '"oops', null]
  tls-port: 1
  bad name: 1
  appendonly: { yes: 1 }
  syslog-ident: "a\\nb"
  maxmemory: 123456789012345678901
  hz: []
nodes:
  redis-1:
  redis-2: { replicaOf: redis-9, config: { bind: 1.2.3.4 } }
  redis-3: { replicaOf: redis-4 }
  redis-4: { replicaOf: redis-3 }
  redis-5:
  master: { replicaOf: redis-1 }
  Redis_7: { replicaOf: redis-1 }
`;
    expect(problems(text)).toMatchInlineSnapshot(`
      "rrepl.yaml:1:7: name must be lower-case letters, digits and "-", at most 40, the first no "-", not "My_Demo"
      rrepl.yaml:2:8: image must be the name of a container image, like redis:6.0, not "redis 6.0"
      rrepl.yaml:3:1: "prot" is no key here (did you mean "port"?)
      rrepl.yaml:4:7: port must be a whole number from 1 to 65535, not 70000
      rrepl.yaml:5:6: ~ isn't expanded: write dir in full
      rrepl.yaml:6:1: template must be a path, not nothing
      rrepl.yaml:7:1: replicas and nodes both say which nodes there are; leave one
      rrepl.yaml:7:11: replicas must be a whole number from 0 to 50, not "two"
      rrepl.yaml:9:3: port can't be set: every node listens on 6379 inside its container; the option port chooses the ports on this host
      rrepl.yaml:10:20: a double quote is opened and never closed
      rrepl.yaml:10:29: a value must be text, a number, true, false or a list of these, not nothing
      rrepl.yaml:11:3: tls-port can't be set: rrepl makes the certificates and must trust them; use the option tls
      rrepl.yaml:12:3: "bad name" is not the name of a directive
      rrepl.yaml:13:3: a value must be text, a number, true, false or a list of these, not a map
      rrepl.yaml:14:17: a value can't hold the control character U+000A
      rrepl.yaml:15:14: YAML can't hold a number this large: write it in quotes
      rrepl.yaml:16:3: a list of values must hold one, not an empty list
      rrepl.yaml:19:25: no node is named "redis-9" (did you mean "redis-1"?)
      rrepl.yaml:19:44: bind can't be set: a node must listen on every address of its container to be reached
      rrepl.yaml:20:25: a circle has no master: redis-3 <- redis-4 <- redis-3
      rrepl.yaml:22:3: redis-5 needs replicaOf: redis-1 is the master already
      rrepl.yaml:23:3: a node can't be named after a role, because roles move
      rrepl.yaml:24:3: a node name must be lower-case letters, digits and "-", at most 30, the first no "-", not "Redis_7""
    `);
  });

  it.each([
    ['name: a\nname: b', '2:1: this key stands here twice; leave one'],
    [
      'name: a\n---\nname: b',
      '2:1: a file holds one topology; put what follows "---" into a file of its own',
    ],
    ['- replicas', '1:1: the file must map settings to values, like "replicas: 2", not a list'],
    ['replicas', '1:1: the file must map settings to values, like "replicas: 2", not "replicas"'],
    ['replicas: 51', '1:11: replicas must be a whole number from 0 to 50, not 51'],
    ['replicas: 1.5', '1:11: replicas must be a whole number from 0 to 50, not 1.5'],
    ['port: 0', '1:7: port must be a whole number from 1 to 65535, not 0'],
    ['port: "6381"', '1:7: port must be a whole number from 1 to 65535, not "6381"'],
    ['nodes: {}', '1:1: no node is the master: one must be there without replicaOf'],
    ['nodes: { a: 3 }', '1:13: a node must be empty or say replicaOf or config, not 3'],
    ['nodes: { a: , b: { replicaOf: 1 } }', '1:31: replicaOf must be the name of a node, not 1'],
    [
      'nodes: { a: , b: { replicaof: a } }',
      '1:20: "replicaof" is no key here (did you mean "replicaOf"?)',
    ],
    ['name: &x', '1:1: name must be lower-case'],
    ['name: *x', '1:1: Unresolved alias'],
    ['name: !x demo', '1:7: Unresolved tag: !x'],
    ['? [a]\n: 1', '1:3: a key must be plain text'],
    ['name: [', '1:8: '],
    ['name:\n\tx: 1', '2:1: Tabs are not allowed as indentation'],
  ])('%j', (text, expected) => {
    expect(problems(text)).toContain(`rrepl.yaml:${expected}`);
  });

  it.each([
    ['redis', true],
    ['redis:7.0-alpine', true],
    ['localhost:5000/a/b__c/d.e:tag', true],
    [`redis@sha256:${'0a'.repeat(32)}`, true],
    ['813b735e10da', true],
    ['Redis', false],
    ['redis:', false],
    ['redis:6.0 ', false],
    ['-redis', false],
    ['a//b', false],
    ['redis\u0000', false],
  ])('image %j: %s', (image, fine) => {
    expect(problems(JSON.stringify({ image })) === '').toBe(fine);
  });

  it.each([
    ['a'.repeat(40), true],
    ['a'.repeat(41), false],
    ['0-a', true],
    ['-a', false],
    ['', false],
    ['é', false],
    ['a.b', false],
  ])('name %j: %s', (name, fine) => {
    expect(problems(JSON.stringify({ name })) === '').toBe(fine);
    expect(parse(JSON.stringify({ name })).wish.name).toBe(fine ? name : undefined);
  });

  it('has at most 51 nodes, named in at most 30 characters', () => {
    const nodes = Object.fromEntries(
      Array.from({ length: 52 }, (_, i) => [`n${i}`, i === 0 ? null : { replicaOf: 'n0' }]),
    );
    expect(problems(JSON.stringify({ nodes }))).toBe(
      'rrepl.yaml:1:2: a topology has at most 51 nodes',
    );
    expect(problems(JSON.stringify({ nodes: { ['n'.repeat(30)]: null } }))).toBe('');
    expect(problems(JSON.stringify({ nodes: { ['n'.repeat(31)]: null } }))).toContain('at most 30');
  });

  it('is not guessed at once its syntax is broken', () => {
    expect(parse('name: demo\nprot: [1\nport: 0')).toEqual({
      wish: { directives: [], nodes: undefined },
      problems: [expect.objectContaining({ line: 3, column: 1 })],
    });
  });

  it('still tells its name when the rest is wrong', () => {
    expect(parse('name: demo\nreplicas: x').wish).toEqual({
      name: 'demo',
      directives: [],
      nodes: undefined,
    });
  });
});

describe('hostile files', () => {
  it('refuses aliases that unfold without end', () => {
    const bomb = Array.from({ length: 12 }, (_, i) =>
      i === 0 ? 'l0: &l0 [x]' : `l${i}: &l${i} [${`*l${i - 1},`.repeat(9)}]`,
    );
    expect(problems(bomb.join('\n'))).toContain('Excessive alias count');
  });

  it.each(['[', '- ', '{a: ', '? ', 'a: '])('survives deep nesting of %j', (opener) => {
    expect(problems(opener.repeat(20_000))).toBe(
      'rrepl.yaml: the file is nested more than 50 levels deep',
    );
  });

  it('survives an alias to itself', () => {
    expect(problems('&a [*a]')).toContain('must map settings to values');
    expect(problems('nodes: &a { x: *a }')).toContain('rrepl.yaml:1:13: ');
  });

  const key = fc.constantFrom(
    ...['name', 'image', 'port', 'dir', 'template', 'config', 'replicas', 'nodes', 'replicaOf'],
    ...['save', 'port', 'constructor', '__proto__', 'toString', 'redis-1', 'redis-2', ''],
  );
  const leaf = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    key,
  );
  const { document } = fc.letrec<{ document: unknown }>((tie) => ({
    document: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('document'), { maxLength: 3 }),
      fc.dictionary(key, tie('document'), { maxKeys: 6 }),
    ),
  }));

  it('never throws on documents of any shape, and every problem has a place', () => {
    fc.assert(
      fc.property(document, (data) => {
        for (const problem of parse(JSON.stringify(data)).problems) {
          expect(problem).toMatchObject({ line: expect.any(Number), column: expect.any(Number) });
          expect(problem.message).not.toMatch(/undefined|\[object|Invalid input/);
        }
      }),
      { numRuns: amount(250, 1000) },
    );
  });

  it('never throws on any text', () => {
    const yamlish = fc.string({
      unit: fc.constantFrom(...'ab:-[]{}&*!|>"\'#%@?,\n\t 1~<\\'),
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.oneof(yamlish, fc.string({ unit: 'binary' })), (text) => {
        parse(text);
      }),
      { numRuns: amount(750, 3000) },
    );
  });
});
