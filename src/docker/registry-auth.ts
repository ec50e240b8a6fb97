/** What `POST /images/create` takes in `X-Registry-Auth`. */
export interface RegistryAuth {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

/** What is read of the docker CLI's `config.json`. */
export interface RegistryLogins {
  readonly auths?: Readonly<Record<string, { readonly auth?: string }>>;
}

/** Docker Hub's name in the docker CLI's configuration, for historical reasons. */
const HUB = 'https://index.docker.io/v1/';

/** The registry of an image: what stands before the first slash, if it looks like a host. */
function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost && first !== 'docker.io' ? first : HUB;
}

/**
 * The login that `docker login` left in plain in `config.json` for an image's registry,
 * or undefined. Logins kept by a credential helper are not read.
 */
export function registryAuth(
  image: string,
  config: RegistryLogins | null,
): RegistryAuth | undefined {
  const serveraddress = registryOf(image);
  const auth = config?.auths?.[serveraddress]?.auth;
  if (!auth) return undefined;
  const login = Buffer.from(auth, 'base64').toString('utf8');
  const colon = login.indexOf(':');
  if (colon === -1) return undefined;
  return { username: login.slice(0, colon), password: login.slice(colon + 1), serveraddress };
}
