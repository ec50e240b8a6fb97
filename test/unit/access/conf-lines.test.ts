import { describe, expect, it } from 'vitest';
import {
  accessLines,
  holdsSecrets,
  maskSecrets,
  withoutAccess,
  withoutPasswords,
} from '../../../src/access/conf-lines.js';
import { parseConf } from '../../../src/config/conf-file.js';
import { renderNodeConf } from '../../../src/config/render.js';
import { ACCESS, PASSWORD } from '../../support/access.js';
import { CONTAINERS, node, TEMPLATE } from '../../support/topologies.js';

const { login, authority } = ACCESS;
const byDefaultUser = { login: login && { ...login, user: null }, authority: null };
const rendered = renderNodeConf(
  { template: TEMPLATE, containers: CONTAINERS },
  node('redis-1', null),
);
const secured = withoutAccess(rendered, { kept: null, wanted: ACCESS });

const values = (conf: string, name: string) =>
  parseConf(conf, 'redis.conf')
    .lines.filter(({ directive }) => directive.name === name)
    .map(({ directive }) => directive.args.join(' '));

describe('accessLines', () => {
  it('for TLS and an ACL user: its hash, the default user off, replicas as a user of their own', () => {
    expect(accessLines(ACCESS)).toMatchInlineSnapshot(`
      "
      # How servers and clients are let in: on every node alike, because roles move.
      port 0
      tls-port 6379
      tls-replication yes
      tls-ca-cert-file /usr/local/etc/redis/ca.crt
      tls-cert-file /usr/local/etc/redis/server.crt
      tls-key-file /usr/local/etc/redis/server.key
      tls-auth-clients no
      user default off +hello
      user app on "#5fdfc70b891e5777ea249c5440179bb30d6172ae34bbe9d6d8a9261f9ac19c1c" ~* +@all
      user replication on "#434741d894649d71d2eaa5b130d160ca814b1df7cef8b00c171b10b2b9b92748" +psync +replconf +ping
      masteruser replication
      masterauth the-password-of-replicas
      "
    `);
  });

  it('for the default user', () => {
    expect(accessLines(byDefaultUser)).toContain(`\nrequirepass ${PASSWORD}\n`);
    expect(accessLines(byDefaultUser)).not.toMatch(/default off|tls-/);
  });

  it('for TLS alone', () => {
    expect(accessLines({ login: null, authority })).not.toMatch(/user|pass|auth /);
  });

  it('are none where everyone is let in', () => {
    expect(accessLines(null)).toBe('');
  });
});

describe('withoutAccess', () => {
  it('makes room for every line, so that each stands once', () => {
    const conf = secured + accessLines(ACCESS);
    expect(values(conf, 'port')).toEqual(['0']);
    expect(values(conf, 'tls-port')).toEqual(['6379']);
    expect(withoutAccess(conf, { kept: ACCESS, wanted: ACCESS })).toBe(secured);
    expect(holdsSecrets(secured)).toBe(false);
  });

  it('leaves everything where everyone is let in', () => {
    const conf = `${rendered}user default on nopass ~* +@all\n`;
    expect(withoutAccess(conf, { kept: null, wanted: null })).toBe(conf);
  });

  it('takes out what a server has made of the lines, the former user too, and leaves other users', () => {
    const other = `user alice on #${'a'.repeat(64)} ~* -@all +get`;
    const conf = [
      'save 60 1',
      'user bob on #1234 ~* &* +@all',
      'user default off -@all',
      other,
      'user replication on #1234 -@all +psync',
      'primaryuser "replication"',
      'primaryauth "x"',
    ].join('\n');
    const kept = { login: login && { ...login, user: 'bob' }, authority: null };
    expect(withoutAccess(conf, { kept, wanted: ACCESS })).toBe(`save 60 1\n${other}\n`);
  });
});

describe('maskSecrets', () => {
  /** What servers make of the lines: CONFIG REWRITE of 6.0, 7.0 and Valkey 8.1. */
  const REWRITTEN = [
    `requirepass ${PASSWORD}`,
    `masterauth "${PASSWORD}"`,
    `primaryauth "${PASSWORD}"`,
    `  MASTERAUTH ${PASSWORD}`,
    `user app on #${PASSWORD} ~* resetchannels +@all`,
    `user app on >${PASSWORD} ~* +@all`,
    `user app on ">${PASSWORD}" "#${PASSWORD}" ~*`,
  ];

  it.each(REWRITTEN)('%s', (line) => {
    const masked = maskSecrets(`save 60 1\n${line}\nport 0\n`);
    expect(masked).not.toContain(PASSWORD);
    expect(masked).toMatch(/^save 60 1\n.*\*\*\*.*\nport 0\n$/);
    if (!/^user/.test(line)) {
      expect(holdsSecrets(line)).toBe(true);
      expect(withoutPasswords(`save 60 1\n${line}\n`)).toBe('save 60 1\n');
    }
  });

  it('leaves everything else', () => {
    expect(maskSecrets(rendered)).toBe(rendered);
    expect(maskSecrets('masteruser replication\n')).toBe('masteruser replication\n');
    expect(maskSecrets(accessLines(ACCESS))).toContain('\nuser default off +hello\n');
  });
});
