/**
 * A real sshd on the loopback address, with keys, configuration and port of its own, and an `ssh`
 * that reads a configuration beside them: nothing of the user's is read or written.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from './ports.js';

const run = promisify(execFile);

const SSHD = '/usr/sbin/sshd';

/** What the other end does with a key's owner: `docker` is there, is not, or may not use the engine. */
export type Login = 'welcome' | 'no-docker' | 'no-access' | 'stranger';

export class Sshd {
  readonly folder: string;
  readonly port: number;
  readonly #server: ChildProcess;
  #log = '';

  static async start(): Promise<Sshd> {
    const folder = await mkdtemp(join(tmpdir(), 'rrepl-sshd-'));
    const port = await freePorts(1);
    await writeKeys(folder);
    await writeFile(join(folder, 'sshd_config'), serverConfig(folder, port));
    await writeFile(join(folder, 'config'), clientConfig(folder, port));
    await writeProgram(folder);
    // Where sshd as root lives without its privileges; a service manager makes it otherwise.
    if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
    const sshd = new Sshd(folder, port);
    await sshd.#listening();
    return sshd;
  }

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
    this.#server = spawn(SSHD, ['-D', '-e', '-f', join(folder, 'sshd_config')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
    });
  }

  #listening(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.once('close', () => reject(new Error(`sshd has ended:\n${this.#log}`)));
      this.#server.stderr?.on('data', () => {
        if (this.#log.includes('Server listening')) resolve();
      });
    });
  }

  /** For `--host`: the name stands in ssh's configuration and nowhere else. */
  host(login: Login): string {
    return `ssh://${login}.rrepl-test`;
  }

  /** For `--host`: nothing of it stands in ssh's configuration. */
  get address(): string {
    return `ssh://${userInfo().username}@127.0.0.1:${this.port}`;
  }

  /** An agent that holds the key that is welcome, for SSH_AUTH_SOCK, until it is disposed. */
  async agent(): Promise<AsyncDisposable & { socket: string }> {
    const socket = join(this.folder, 'agent.sock');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(agent.stdout, 'data');
    await run('ssh-add', ['-q', join(this.folder, 'welcome')], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
    });
    const ended = once(agent, 'close');
    return {
      socket,
      [Symbol.asyncDispose]: async () => {
        agent.kill();
        await ended;
      },
    };
  }

  /** With the `ssh` that knows those names. */
  get env(): Record<string, string> {
    return { PATH: `${join(this.folder, 'bin')}:${process.env.PATH}` };
  }

  /** How often somebody has logged in. */
  get logins(): number {
    return this.#log.match(/Accepted publickey/g)?.length ?? 0;
  }

  /** The processes of `ssh` that go to this sshd; those that only wait to be reaped don't count. */
  async clients(): Promise<string[]> {
    const { stdout } = await run('ps', ['-eo', 'stat=,args=']);
    const ours = join(this.folder, 'config');
    return stdout.split('\n').filter((line) => line.includes(ours) && !line.startsWith('Z'));
  }

  async stop(): Promise<void> {
    const ended = once(this.#server, 'close');
    this.#server.kill();
    await ended;
    await rm(this.folder, { recursive: true });
  }
}

async function writeKeys(folder: string): Promise<void> {
  const make = (name: string) =>
    run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(folder, name)]);
  const known = ['welcome', 'no-docker', 'no-access'] as const;
  await Promise.all([...known, 'stranger', 'host'].map(make));
  const publicKey = async (name: string) => readFile(join(folder, `${name}.pub`), 'utf8');
  const lines = known.map(async (name) => `${await options(name, folder)}${await publicKey(name)}`);
  await writeFile(join(folder, 'authorized_keys'), (await Promise.all(lines)).join(''));
  await writeFile(join(folder, 'known_hosts'), `* ${await publicKey('host')}`);
}

async function options(login: Login, folder: string): Promise<string> {
  if (login === 'welcome') return '';
  if (login === 'no-docker') return 'environment="PATH=/nowhere" ';
  // Root may use any socket: it becomes somebody else.
  const denied = userInfo().uid === 0 ? 'setpriv --reuid 65534 --clear-groups docker' : 'docker';
  return `command="${denied} --host unix://${folder}/closed.sock system dial-stdio" `;
}

const serverConfig = (folder: string, port: number) => `
ListenAddress 127.0.0.1:${port}
HostKey ${folder}/host
AuthorizedKeysFile ${folder}/authorized_keys
PidFile none
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitUserEnvironment yes
`;

const clientConfig = (folder: string, port: number) => `
Host *.rrepl-test
  HostName 127.0.0.1
  Port ${port}
  User ${userInfo().username}
  IdentityAgent none
  IdentitiesOnly yes
Match originalhost welcome.rrepl-test
  IdentityFile ${folder}/welcome
Match originalhost no-docker.rrepl-test
  IdentityFile ${folder}/no-docker
Match originalhost no-access.rrepl-test
  IdentityFile ${folder}/no-access
Match originalhost stranger.rrepl-test
  IdentityFile ${folder}/stranger
Match all
  UserKnownHostsFile ${folder}/known_hosts
  GlobalKnownHostsFile none
`;

async function writeProgram(folder: string): Promise<void> {
  const { stdout } = await run('sh', ['-c', 'command -v ssh']);
  await mkdir(join(folder, 'bin'));
  const program = join(folder, 'bin', 'ssh');
  await writeFile(program, `#!/bin/sh\nexec ${stdout.trim()} -F ${folder}/config "$@"\n`);
  await chmod(program, 0o755);
}
