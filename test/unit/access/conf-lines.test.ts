import { describe, expect, it } from 'vitest';
import { holdsSecrets, loginLines, maskSecrets, withTls } from '../../../src/access/conf-lines.js';
import { parseConf } from '../../../src/config/conf-file.js';
import { renderNodeConf } from '../../../src/config/render.js';
import { ACCESS, PASSWORD, REPLICATION_PASSWORD } from '../../support/access.js';
import { node, TEMPLATE } from '../../support/topologies.js';

const { login } = ACCESS;
const byDefaultUser = { login: login && { ...login, user: null }, authority: null };
const rendered = renderNodeConf(TEMPLATE, withTls(node('redis-1', null), ACCESS));

describe('loginLines', () => {
  it('for an ACL user: its hash, the default user off, replicas as a user of their own', () => {
    expect(loginLines(ACCESS)).toMatchInlineSnapshot(`
      "
      # Who may log in, and what replicas log in with: on every node, because roles move.
      user default off
      user app on "#5fdfc70b891e5777ea249c5440179bb30d6172ae34bbe9d6d8a9261f9ac19c1c" ~* +@all
      user replication on "#434741d894649d71d2eaa5b130d160ca814b1df7cef8b00c171b10b2b9b92748" +psync +replconf +ping
      masteruser replication
      masterauth the-password-of-replicas
      "
    `);
  });

  it('for the default user', () => {
    expect(loginLines(byDefaultUser)).toContain(`\nrequirepass ${PASSWORD}\n`);
    expect(loginLines(byDefaultUser)).not.toContain('default off');
  });

  it('are none without a password', () => {
    expect(loginLines(null)).toBe('');
    expect(loginLines({ ...ACCESS, login: null })).toBe('');
  });
});

describe('a rendered redis.conf', () => {
  it('listens with TLS only, once', () => {
    const values = (name: string) =>
      parseConf(rendered, 'redis.conf')
        .lines.filter(({ directive }) => directive.name === name)
        .map(({ directive }) => directive.args.join(' '));
    expect(values('port')).toEqual(['0']);
    expect(values('tls-port')).toEqual(['6379']);
    expect(values('tls-replication')).toEqual(['yes']);
  });

  it('holds no secret', () => {
    expect(holdsSecrets(rendered)).toBe(false);
    for (const secret of [PASSWORD, REPLICATION_PASSWORD]) expect(rendered).not.toContain(secret);
    expect(withTls(node('redis-1', null), byDefaultUser)).toEqual(node('redis-1', null));
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
    expect(holdsSecrets(`save 60 1\n${line}\n`)).toBe(true);
  });

  it('leaves everything else', () => {
    expect(maskSecrets(rendered)).toBe(rendered);
    expect(maskSecrets('masteruser replication\n')).toBe('masteruser replication\n');
    expect(maskSecrets(loginLines(ACCESS))).toContain('\nuser default off\n');
  });
});
