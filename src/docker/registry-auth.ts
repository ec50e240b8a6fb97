/**
 * The login for an image's registry as `docker login` has left it: with a credential helper,
 * which is Docker Desktop's way, or in plain in the docker CLI's `config.json`.
 */
import { EngineError } from '../errors.js';

/** What `POST /images/create` takes in `X-Registry-Auth`. */
export type RegistryAuth =
  | { readonly username: string; readonly password: string; readonly serveraddress: string }
  | { readonly identitytoken: string; readonly serveraddress: string };

/** What is read of `config.json`. */
export interface RegistryLogins {
  readonly auths?: Readonly<Record<string, StoredLogin>>;
  /** The helper that keeps all logins: `desktop` is the program `docker-credential-desktop`. */
  readonly credsStore?: string;
  /** Those that keep the logins of some registries. */
  readonly credHelpers?: Readonly<Record<string, string>>;
}

interface StoredLogin {
  readonly auth?: string;
  readonly identitytoken?: string;
}

/** Asks a helper for a login: what it prints, or null if it has none. */
export type AskHelper = (helper: string, serveraddress: string) => Promise<string | null>;

/** Docker Hub's name in the docker CLI's configuration, for historical reasons. */
const HUB = 'https://index.docker.io/v1/';

/** The user name that says that the secret is an identity token (docker-credential-helpers). */
const TOKEN_USER = '<token>';

/** The registry of an image: what stands before the first slash, if it looks like a host. */
function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost && first !== 'docker.io' ? first : HUB;
}

/** Undefined if there is none. Rejects with what the helper could not do. */
export async function registryAuth(
  image: string,
  config: RegistryLogins | null,
  askHelper: AskHelper,
): Promise<RegistryAuth | undefined> {
  const serveraddress = registryOf(image);
  const helper = config?.credHelpers?.[serveraddress] ?? config?.credsStore;
  const kept = helper ? await askHelper(`docker-credential-${helper}`, serveraddress) : null;
  if (kept !== null) return keptLogin(kept, serveraddress);
  return plainLogin(config?.auths?.[serveraddress], serveraddress);
}

/** Not with its text in the error: it may be the secret. An empty login is none. */
function keptLogin(printed: string, serveraddress: string): RegistryAuth | undefined {
  const { Username, Secret } = (parsed(printed) ?? {}) as Record<string, unknown>;
  if (typeof Username !== 'string' || typeof Secret !== 'string') {
    throw new EngineError('what the credential helper prints is no login');
  }
  if (Secret === '') return undefined;
  if (Username === TOKEN_USER) return { identitytoken: Secret, serveraddress };
  return { username: Username, password: Secret, serveraddress };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function plainLogin(
  stored: StoredLogin | undefined,
  serveraddress: string,
): RegistryAuth | undefined {
  const { auth, identitytoken } = stored ?? {};
  if (typeof identitytoken === 'string' && identitytoken) return { identitytoken, serveraddress };
  if (typeof auth !== 'string') return undefined;
  const login = Buffer.from(auth, 'base64').toString('utf8');
  const colon = login.indexOf(':');
  if (colon === -1) return undefined;
  return { username: login.slice(0, colon), password: login.slice(colon + 1), serveraddress };
}
