/**
 * The key of a topology's authority lies in a volume or folder that no server mounts: who can read
 * what a server can read must not be able to make certificates that clients believe. It is
 * reached through a container that never runs.
 */
import { randomBytes } from 'node:crypto';
import { ACCESS_FILE } from '../access/access-files.js';
import type { Certificate } from '../access/certificates.js';
import { Secret } from '../access/secret.js';
import { LABEL } from '../docker/labels.js';
import { AUTHORITY_FOLDER, CONF_FOLDER } from '../docker/names.js';
import type { ContainerSpec } from '../docker/runtime.js';
import { ownerFrom, serverOwner } from '../docker/server-user.js';
import { EngineError, InvalidError } from '../errors.js';
import type { StepOf } from '../plan/plan.js';
import { type Creation, madeBy, type World } from './world.js';

const RM_MS = 10_000;
/** What else clients on the engine's host may call a node. */
const LOCAL = ['localhost', '127.0.0.1', '::1'];

/** Should rrepl be killed meanwhile, it keeps no topology from expiring. */
const EXPIRY_MS = 10 * 60_000;

export async function keepAuthority(step: StepOf<'keepAuthority'>, world: World): Promise<void> {
  const { holder, authority } = step;
  const owner = ownerFrom('', holder.user);
  const file = { mode: 0o600, ...owner };
  await through(holder, world, (container) =>
    world.runtime.writeFiles(container, AUTHORITY_FOLDER, [
      { path: '.', content: null, mode: 0o700, ...owner },
      { path: ACCESS_FILE.authority, content: authority.certificate, ...file },
      { path: ACCESS_FILE.authorityKey, content: authority.key?.reveal() ?? '', ...file },
    ]),
  );
}

/** Where the first versions left the key. The file is the server's user's. */
export async function dropKey(step: StepOf<'dropKey'>, { runtime }: World): Promise<void> {
  const { resource: container, node } = step;
  const details = await runtime.inspectContainer(container);
  const { uid } = await serverOwner(runtime, container, details?.user || null);
  const command = ['rm', '-f', `${CONF_FOLDER}/${ACCESS_FILE.authorityKey}`];
  const { exitCode, stderr } = await runtime.exec(container, command, RM_MS, String(uid));
  if (exitCode === 0) return;
  throw new EngineError(`the authority's key could not be removed from ${node}: ${stderr}`);
}

/** Reads the key of a run's authority once, whatever the number of certificates. */
export function keyOnce(): Creation['keyOf'] {
  let key: Promise<Secret | null> | undefined;
  return (authority, holder, world) => {
    key ??= readKey(authority, holder, world);
    return key;
  };
}

/** Null if what lies there is not the key of this authority. */
const readKey: Creation['keyOf'] = async ({ certificate, key }, holder, world) => {
  if (key !== null) return key;
  const names = [ACCESS_FILE.authority, ACCESS_FILE.authorityKey];
  const [kept, text] = await through(holder, world, (container) =>
    Promise.all(
      names.map((name) => world.runtime.readFile(container, `${AUTHORITY_FOLDER}/${name}`)),
    ),
  );
  return kept === certificate && text ? new Secret(text) : null;
};

/**
 * A new certificate for the places where the node is reached. Null if there is no TLS, or no key
 * to sign with and a certificate there already.
 */
export async function certificateFor(
  { access, holder, resource, node, otherHosts }: StepOf<'writeConfig' | 'writeSentinelConf'>,
  world: World,
): Promise<Certificate | null> {
  const authority = access?.authority;
  if (!authority || holder === null) return null;
  const { runtime, creation } = world;
  const key = await (creation?.keyOf ?? readKey)(authority, holder, world);
  if (key !== null) {
    const { issueCertificate } = await import('../access/certificates.js');
    const signer = { certificate: authority.certificate, key };
    return issueCertificate(signer, [node, ...LOCAL, runtime.publishedHost, ...otherHosts]);
  }
  const own = await runtime.readFile(resource, `${CONF_FOLDER}/${ACCESS_FILE.certificate}`);
  if (own !== null) return null;
  const place = holder.mounts.map((mount) => ('source' in mount ? mount.source : '')).join('');
  throw new InvalidError(
    `no certificate can be made for ${node}: the key of its topology's authority is not in ${place}`,
    { about: { code: 'no-authority-key', topology: holder.labels[LABEL.topology] ?? '' } },
  );
}

/** Works with what the holder mounts. */
async function through<T>(
  holder: ContainerSpec,
  { runtime, creation }: World,
  work: (container: string) => Promise<T>,
): Promise<T> {
  const name = `${holder.name}-${randomBytes(4).toString('hex')}`;
  const expires = { [LABEL.expires]: new Date(Date.now() + EXPIRY_MS).toISOString() };
  const labels = madeBy(creation, { ...holder.labels, ...expires });
  await runtime.createContainer({ ...holder, name, labels });
  try {
    return await work(name);
  } finally {
    await runtime.removeContainer(name);
  }
}
