import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkTemplate, fillTemplate } from '../../../src/config/template.js';
import { formatProblem } from '../../../src/errors.js';
import { shippedFile } from '../../../src/topology/shipped.js';

const GOOD = `port {{port}}
bind 0.0.0.0
protected-mode no
dir /data
{{replication}}
  {{overrides}}
`;
const problems = (text: string) => checkTemplate(text, 'my.conf').map(formatProblem);

describe('checkTemplate', () => {
  it('has nothing against the shipped template, nor against the least one', () => {
    expect(problems(readFileSync(shippedFile('templates/redis.conf'), 'utf8'))).toEqual([]);
    expect(problems(GOOD)).toEqual([]);
    expect(problems(GOOD.replaceAll('\n', '\r\n'))).toEqual([]);
    expect(problems(GOOD.replace('dir', 'DIR'))).toEqual([]);
  });

  it('says all that is wrong', () => {
    const text = `port {{prot}}
bind 127.0.0.1
protected-mode no
# {{replication}}
replicaof elsewhere 6379
requirepass "x
requirepass x
tls-port 1
hz {{node}} {{constructor}}
{{overrides}}
{{overrides}}
`;
    expect(problems(text).join('\n')).toMatchInlineSnapshot(`
      "my.conf:1:6: {{prot}} is not a placeholder; the known ones are {{node}}, {{port}}, {{backlog}}, {{replication}}, {{overrides}}
      my.conf:9:13: {{constructor}} is not a placeholder; the known ones are {{node}}, {{port}}, {{backlog}}, {{replication}}, {{overrides}}
      my.conf: a template must hold {{replication}} once, on a line of its own
      my.conf: a template must hold {{overrides}} once, on a line of its own
      my.conf:6:1: a double quote is opened and never closed
      my.conf:1:1: a template must say "port 6379": every node listens on 6379 inside its container; the option port chooses the ports on this host
      my.conf:2:1: a template must say "bind 0.0.0.0": a node must listen on every address of its container to be reached
      my.conf:5:1: replicaof can't stand in a template: rrepl writes it from the topology; say replicaOf in rrepl.yaml
      my.conf:7:1: requirepass can't stand in a template: rrepl must be let in, and replicas too on whichever node is the master; use the option password
      my.conf:8:1: tls-port can't stand in a template: rrepl makes the certificates and must trust them; use the option tls
      my.conf: a template must say "dir /data": data lives in /data, which is mounted; the option dir chooses a folder of this host for it"
    `);
  });

  it.each(['replication', 'overrides'])('wants {{%s}}', (name) => {
    expect(problems(GOOD.replace(`{{${name}}}`, ''))).toEqual([
      `my.conf: a template must hold {{${name}}} once, on a line of its own`,
    ]);
  });

  it.each([
    ['port {{port}}', 'port 6380', 'port 6379'],
    ['bind 0.0.0.0', '', 'bind 0.0.0.0'],
    ['protected-mode no', 'protected-mode yes', 'protected-mode no'],
    ['dir /data', 'dir /tmp', 'dir /data'],
  ])('wants %s where there is %j', (from, to, needed) => {
    expect(problems(GOOD.replace(from, to))).toEqual([
      expect.stringContaining(`a template must say "${needed}": `),
    ]);
  });
});

describe('fillTemplate', () => {
  it('fills in every place once and takes values as they are', () => {
    const values = {
      node: '$&{{port}}',
      port: '1',
      backlog: '1mb',
      replication: 'r',
      overrides: 'o',
    };
    expect(fillTemplate('{{node}} {{node}} {{port}} {{x}}', values)).toBe(
      '$&{{port}} $&{{port}} 1 {{x}}',
    );
  });
});
