/** What a redis.conf says about access. */
import { createHash } from 'node:crypto';
import { renderDirective } from '../config/conf-file.js';
import { CONF_FOLDER } from '../docker/names.js';
import { type Directive, REDIS_PORT, type TopologyNode } from '../topology/topology.js';
import type { Access, Login } from './access.js';
import { ACCESS_FILE } from './access-files.js';
import { MASK, type Secret } from './secret.js';

/** The user that replicas log in as. */
export const REPLICATION_USER = 'replication';

/** Clients and replicas speak TLS on the port that they always use; nothing else is listened on. */
export function withTls(node: TopologyNode, access: Access | null): TopologyNode {
  if (access?.authority == null) return node;
  return { ...node, directives: [...node.directives, ...TLS_DIRECTIVES] };
}

const file = (name: string): string => `${CONF_FOLDER}/${name}`;

const TLS_DIRECTIVES: readonly Directive[] = [
  { name: 'port', args: ['0'] },
  { name: 'tls-port', args: [String(REDIS_PORT)] },
  { name: 'tls-replication', args: ['yes'] },
  { name: 'tls-ca-cert-file', args: [file(ACCESS_FILE.authority)] },
  { name: 'tls-cert-file', args: [file(ACCESS_FILE.certificate)] },
  { name: 'tls-key-file', args: [file(ACCESS_FILE.key)] },
  // Clients show who they are with a password.
  { name: 'tls-auth-clients', args: ['no'] },
];

/** The lines that hold secrets. They are added where the file is written, and nowhere else. */
export function loginLines(access: Access | null): string {
  if (access?.login == null) return '';
  const lines = loginDirectives(access.login).map(renderDirective).join('\n');
  return `\n# Who may log in, and what replicas log in with: on every node, because roles move.\n${lines}\n`;
}

/** Of an ACL user only a hash is written: a server that refuses a line prints it. */
function loginDirectives({ user, password, replicationPassword }: Login): Directive[] {
  const clients: Directive[] =
    user === null
      ? [{ name: 'requirepass', args: [password.reveal()] }]
      : [
          { name: 'user', args: ['default', 'off'] },
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

const hashed = (password: Secret): string =>
  `#${createHash('sha256').update(password.reveal()).digest('hex')}`;

/** What a failover writes anew keeps its mode. Valkey says primaryauth. */
export const holdsSecrets = (conf: string): boolean => maskSecrets(conf) !== conf;

/** The text of a redis.conf as it may be shown.  */
export function maskSecrets(conf: string): string {
  return conf
    .replace(/^(\s*(?:requirepass|masterauth|primaryauth)\s+).*$/gim, `$1${MASK}`)
    .replace(/^\s*user\s.*$/gim, (line) => line.replace(/(\s)"?[#>][^\s"]+"?/g, `$1#${MASK}`));
}
