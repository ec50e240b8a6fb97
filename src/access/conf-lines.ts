/** What a redis.conf says about access. */
import { createHash, createHmac } from 'node:crypto';
import { parseConf, renderDirective, withoutDirectives } from '../config/conf-file.js';
import { CONF_FOLDER, type Directive, REDIS_PORT } from '../config/directive.js';
import { canonicalName } from '../config/directives.js';
import { SENTINEL_PORT } from '../config/sentinel-conf.js';
import type { Access, Login } from './access.js';
import { ACCESS_FILE } from './access-files.js';
import { MASK, type Secret } from './secret.js';

/** The user that replicas log in as. */
export const REPLICATION_USER = 'replication';

/** The user that sentinels log in as, with what a failover needs and nothing else. */
export const SENTINEL_USER = 'sentinel';

const TITLE = '# How servers and clients are let in: on every node alike, because roles move.';

/**
 * A redis.conf without the lines of access, so that new ones can be added where the file is
 * written: what stands here shows no secret. The users of others stay as they are.
 */
export function withoutAccess(
  conf: string,
  { kept, wanted }: { readonly kept: Access | null; readonly wanted: Access | null },
): string {
  if (wanted === null) return conf;
  const users = ['default', REPLICATION_USER, kept?.login?.user, wanted.login?.user];
  const isOurs = ({ name, args: [user] }: Directive) =>
    name === 'user' ? wanted.login !== null && users.includes(user) : isAccess(name);
  const isPort = ({ name }: Directive) => name === 'port' && wanted.authority !== null;
  const text = withoutDirectives(conf, (it) => isOurs(it) || isPort(it));
  return `${text
    .split('\n')
    .filter((line) => line !== TITLE)
    .join('\n')
    .trimEnd()}\n`;
}

const isAccess = (name: string): boolean =>
  name.startsWith('tls-') || ['masteruser', ...WITH_PASSWORD].includes(canonicalName(name));

/** The lines that hold secrets, added where the file is written, and nowhere else. */
export function accessLines(access: Access | null): string {
  if (access === null) return '';
  const tls = access.authority === null ? [] : TLS;
  const login = access.login === null ? [] : loginDirectives(access.login);
  return `\n${[TITLE, ...[...tls, ...login].map(renderDirective)].join('\n')}\n`;
}

const file = (name: string): string => `${CONF_FOLDER}/${name}`;

/** Clients and replicas speak TLS on the port that they always use; nothing else is listened on. */
const TLS: readonly Directive[] = [
  { name: 'port', args: ['0'] },
  { name: 'tls-port', args: [String(REDIS_PORT)] },
  { name: 'tls-replication', args: ['yes'] },
  { name: 'tls-ca-cert-file', args: [file(ACCESS_FILE.authority)] },
  { name: 'tls-cert-file', args: [file(ACCESS_FILE.certificate)] },
  { name: 'tls-key-file', args: [file(ACCESS_FILE.key)] },
  // Clients show who they are with a password.
  { name: 'tls-auth-clients', args: ['no'] },
];

/** The same for a sentinel: whoever knows the password of clients is let in, the other sentinels too. */
export function sentinelAccessLines(access: Access | null): string {
  if (access === null) return '';
  const { login, authority } = access;
  const tls = authority === null ? [] : TLS.map(onSentinelPort);
  const password = login === null ? [] : [login.password.reveal()];
  const lines = [...tls, ...password.map((it) => ({ name: 'requirepass', args: [it] }))];
  return `\n${[TITLE, ...lines.map(renderDirective)].join('\n')}\n`;
}

const onSentinelPort = (line: Directive): Directive =>
  line.name === 'tls-port' ? { ...line, args: [String(SENTINEL_PORT)] } : line;

/** How a sentinel logs in to the servers, as SENTINEL SET takes it. */
export function sentinelLogin(access: Access | null): [name: string, value: string][] {
  if (!access?.login) return [];
  return [
    ['auth-user', SENTINEL_USER],
    ['auth-pass', sentinelPassword(access.login)],
  ];
}

/** The same, as the sentinel keeps it in its file. */
export const sentinelLoginIn = (conf: string): [name: string, value: string][] =>
  parseConf(conf, 'sentinel.conf').lines.flatMap(({ directive }) => {
    const [setting = '', , value = ''] = directive.args;
    const isLogin = directive.name === 'sentinel' && /^auth-(user|pass)$/.test(setting);
    return isLogin ? [[setting, value]] : [];
  });

/** Of the user that sentinels log in as: what they send while all is well, and to fail over (src/sentinel.c). */
const SENTINEL_RIGHTS = [
  ...['+multi', '+slaveof', '+ping', '+exec', '+subscribe', '+config|rewrite', '+publish', '+info'],
  ...['+client|setname', '+client|kill'],
];

/** Rules for ACL SETUSER; `channels`: from 6.2 on servers grant these too. */
export const sentinelRules = (login: Login, channels: boolean): string[] => [
  ...['reset', 'on', `#${sha256(sentinelPassword(login))}`, ...SENTINEL_RIGHTS],
  ...(channels ? ['resetchannels', '&__sentinel__:hello'] : []),
];

/** Another one than the replicas' that follows from it, so that nothing more has to be kept. */
const sentinelPassword = ({ replicationPassword }: Login): string =>
  createHmac('sha256', replicationPassword.reveal()).update('sentinel').digest('base64url');

export interface User {
  readonly name: string;
  /** After `reset`; without those that say what every server lets everyone do. */
  readonly rules: readonly string[];
}

/** The users of every server, as its redis.conf makes them. */
export function usersOf(access: Access | null): User[] {
  const login = access?.login ?? null;
  if (login === null) return [{ name: 'default', rules: ['on', 'nopass', '~*', '+@all'] }];
  const users = loginDirectives(login).filter(({ name }) => name === 'user');
  const named = users.map(({ args: [name = '', ...rules] }) => ({ name, rules }));
  if (login.user !== null) return named;
  return [{ name: 'default', rules: ['on', hashed(login.password), '~*', '+@all'] }, ...named];
}

/** The settings of every server that say how it logs in and lets in, with their values. */
export function loginSettings(access: Access | null): ReadonlyMap<string, string> {
  const login = access?.login ?? null;
  const said = new Map(
    (login === null ? [] : loginDirectives(login)).map(({ name, args }) => [name, args[0] ?? '']),
  );
  return new Map(['requirepass', 'masteruser', 'masterauth'].map((it) => [it, said.get(it) ?? '']));
}

/** Of an ACL user only a hash is written: a server that refuses a line prints it. */
function loginDirectives({ user, password, replicationPassword }: Login): Directive[] {
  const clients: Directive[] =
    user === null
      ? [{ name: 'requirepass', args: [password.reveal()] }]
      : [
          // HELLO logs in as well as AUTH does: 6.0 asks for the right to it before it looks who logs in.
          { name: 'user', args: ['default', 'off', '+hello'] },
          { name: 'user', args: [user, 'on', hashed(password), '~*', '+@all'] },
        ];
  const rights = ['+psync', '+replconf', '+ping'];
  return [
    ...clients,
    { name: 'user', args: [REPLICATION_USER, 'on', hashed(replicationPassword), ...rights] },
    { name: 'masteruser', args: [REPLICATION_USER] },
    { name: 'masterauth', args: [replicationPassword.reveal()] },
  ];
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const hashed = (password: Secret): string => `#${sha256(password.reveal())}`;

/** Directives whose value is a password, by canonical name. */
const WITH_PASSWORD: readonly string[] = ['requirepass', 'masterauth'];

const isPassword = ({ name, args: [first = ''] }: Directive): boolean =>
  WITH_PASSWORD.includes(canonicalName(name)) ||
  (name === 'sentinel' && /^(auth|sentinel)-pass$/.test(first));

/** What is read to be looked at: rrepl writes passwords from where it keeps them. */
export const withoutPasswords = (conf: string): string => withoutDirectives(conf, isPassword);

/** What a failover writes anew keeps its mode. */
export const holdsSecrets = (conf: string): boolean =>
  parseConf(conf, 'redis.conf').lines.some(({ directive }) => isPassword(directive));

/** The text of a redis.conf as it may be shown. */
export function maskSecrets(conf: string): string {
  return conf
    .replace(/^(\s*(?:requirepass|masterauth|primaryauth)\s+).*$/gim, `$1${MASK}`)
    .replace(/^(\s*sentinel\s+auth-pass\s+\S+\s+).*$/gim, `$1${MASK}`)
    .replace(/^\s*user\s.*$/gim, (line) => line.replace(/(\s)"?[#>][^\s"]+"?/g, `$1#${MASK}`));
}
