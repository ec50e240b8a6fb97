import type { EngineFacts } from '../../error-facts.js';
import type { Hints } from './hints.js';

/** The socket is there, and this user may not open it. */
const PERMISSION =
  'Join the group that owns the socket (`sudo usermod -aG docker $USER`, then log in again).';
const START = 'Start Docker, or name another engine with --host or DOCKER_HOST.';
const LOAD =
  'Load the image with `docker load -i FILE`, or build it with `docker build -t NAME FOLDER`.';

/** By Node's code of the error, or ours for ssh. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  EACCES: PERMISSION,
  EPERM: PERMISSION,
  ENOENT: START,
  ECONNREFUSED: START,
  ECONNRESET: 'The engine hung up. Is it being restarted?',
  ENOTFOUND: 'Check the host name.',
  ENOSSH: 'Install the ssh command; the docker CLI uses it too.',
  ESSH: 'Try `ssh HOST docker version`: what helps there helps here, for it is the same ssh with the same configuration.',
  ENODOCKER: 'Install the docker command at the other end, in the PATH that ssh gives.',
  ENOACCESS:
    "Let that user use the engine's socket: `sudo usermod -aG docker USER` at the other end.",
  ENOENGINE: 'Is the Docker engine at the other end running?',
  ERR_OSSL_PEM_NO_START_LINE:
    "The engine's certificates are no PEM files: look at the folder that DOCKER_CERT_PATH or the Docker context names.",
};

export const ENGINE_HINTS: Hints<EngineFacts> = {
  'no-engine': ({ denied }) =>
    denied ? PERMISSION : 'Start Docker, or name an engine with --host or DOCKER_HOST.',
  'engine-unreachable': ({ reason }) => UNREACHABLE[reason],
  'engine-silent': () => 'Does the engine answer `docker ps`?',
  'engine-wants-tls': () => 'Set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH.',
  'engine-output': () =>
    'Was the container started with a terminal (--tty)? rrepl starts its own without.',
  'no-image': () => 'Pull the image with `docker pull NAME`, or build it.',
  'registry-unreachable': () => `The registry can't be reached. ${LOAD}`,
  'image-denied': () =>
    `Check the image's name and tag; for a private one, \`docker login\`. ${LOAD}`,
  'no-login': ({ image, configFile }) =>
    `${configFile} names the helper; \`docker pull ${image}\` needs it too`,
  'name-taken': () =>
    'It was made a moment ago, perhaps by another `rrepl up` of the same topology: look at `rrepl ls`, then try again.',
  'subnet-taken': () =>
    'Another network took it a moment ago: try again. `docker network ls` shows which there are.',
  'loopback-elsewhere': () =>
    '`--bind 0.0.0.0` publishes them for other machines; or run rrepl there, or forward the ports and the engine, and point DOCKER_HOST to tcp://127.0.0.1:PORT',
  'folder-elsewhere': () => 'leave --dir out: named volumes work on every engine',
  'docker-configuration': ({ path }) =>
    `Repair or remove ${path}, or name the engine with --host or DOCKER_HOST.`,
  'docker-configuration-unreadable': () =>
    'mend its permissions, or say where the engine is with --host or DOCKER_HOST',
  'no-context': ({ contexts }) =>
    `Known contexts: ${contexts.join(', ')}. Choose one with \`docker context use NAME\`.`,
  'no-certificates': () =>
    "Set DOCKER_CERT_PATH to the folder with the engine's certificates, or unset DOCKER_TLS_VERIFY.",
  'ssh-password': () =>
    'Let ssh log in by key: leave the password out, and load the key with ssh-add.',
  'malformed-endpoint': ({ host }) => {
    const example = host.startsWith('/') ? `unix://${host}` : 'unix:///var/run/docker.sock';
    return `Write it as ${example}, tcp://HOST:PORT, ssh://USER@HOST or npipe:////./pipe/NAME.`;
  },
};
