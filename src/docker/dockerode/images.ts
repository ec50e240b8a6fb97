/** Images, by way of dockerode, with the logins that registries ask for. */
import { join } from 'node:path';
import type Dockerode from 'dockerode';
import { EngineError } from '../../errors.js';
import type { Call } from '../call.js';
import { readJson } from '../contexts.js';
import { askHelper } from '../credential-helper.js';
import { thisMachine } from '../machine.js';
import { readPull } from '../pull-progress.js';
import { type RegistryAuth, type RegistryLogins, registryAuth } from '../registry-auth.js';
import type { ImageFacts, Runtime } from '../runtime.js';
import { abortedBy, type Client, get } from './client.js';

/** A pull may be silent this long: registries are slow to answer, the engine reports often. */
const PULL_SILENCE_MS = 120_000;
const REGISTRY_MS = 15_000;

type Login = { readonly authconfig: RegistryAuth } | undefined;

export function images(client: Client): Pick<Runtime, 'image' | 'findInRegistry' | 'pullImage'> {
  const { docker, calls } = client;
  return {
    async image(ref: string): Promise<ImageFacts | null> {
      const info = await calls.find(`inspect image ${ref}`, (call) =>
        get<Dockerode.ImageInspectInfo>(client, `/images/${encodeURI(ref)}/json`, call),
      );
      if (info === null) return null;
      const { Cmd, Env, User } = info.Config;
      return { id: info.Id, command: Cmd ?? [], env: Env ?? [], user: User ?? '' };
    },

    async findInRegistry(ref: string): Promise<void> {
      await withLogin(client, ref, (login) =>
        calls.ask(
          `find image ${ref} in its registry`,
          (call) => get(client, `/distribution/${encodeURI(ref)}/json`, call, login),
          { deadlineMs: REGISTRY_MS },
        ),
      );
    },

    async pullImage(ref: string, onProgress: (text: string) => void): Promise<void> {
      await withLogin(client, ref, (login) => {
        const pull = async (call: Call) => {
          const answer = await docker.pull(ref, { ...login, ...abortedBy(call) });
          await readPull(heard(answer as AsyncIterable<Buffer>, call), onProgress);
        };
        return calls.ask(`pull image ${ref}`, pull, { deadlineMs: PULL_SILENCE_MS });
      });
    },
  };
}

/** An image that everyone may have needs no login: that there is none matters where one was needed. */
async function withLogin(
  { place, signal }: Client,
  ref: string,
  work: (login: Login) => Promise<unknown>,
): Promise<void> {
  const configFile = join(place.configFolder, 'config.json');
  const config = await readJson<RegistryLogins>(thisMachine, configFile);
  const ask = (helper: string, registry: string) => askHelper(helper, registry, signal);
  let login: Login;
  let trouble: Error | undefined;
  try {
    const auth = await registryAuth(ref, config, ask);
    login = auth && { authconfig: auth };
  } catch (error) {
    signal.throwIfAborted();
    trouble = error as Error;
  }
  try {
    await work(login);
  } catch (error) {
    if (trouble === undefined || !(error instanceof EngineError)) throw error;
    throw new EngineError(`${error.message}; no login was sent, because ${trouble.message}`, {
      about: { code: 'no-login', image: ref, configFile },
      cause: error,
    });
  }
}

/** Passes a pull's answer on; each part of it restarts the clock. */
async function* heard(answer: AsyncIterable<Buffer>, call: Call): AsyncGenerator<Buffer> {
  for await (const chunk of answer) {
    call.allow(PULL_SILENCE_MS);
    yield chunk;
  }
}
