/** What runs in containers says and is told: logs, and commands beside the server. */
import type Dockerode from 'dockerode';
import type { Call } from '../call.js';
import { attach, capture } from '../exec.js';
import { LogLines } from '../log-frames.js';
import type { ExecResult, Runtime, Terminal } from '../runtime.js';
import { abortedBy, type Client } from './client.js';

export function logs({ docker, calls, signal }: Client): Pick<Runtime, 'logTail' | 'followLog'> {
  return {
    async logTail(container: string, lines: number | 'all'): Promise<string[]> {
      // Without `tail` the engine sends all.
      const options = { stdout: true, stderr: true, ...(lines === 'all' ? {} : { tail: lines }) };
      const log = await calls.ask(`read the log of container ${container}`, (call) =>
        docker.getContainer(container).logs({ ...options, ...abortedBy(call) }),
      );
      const splitter = new LogLines();
      return [...splitter.push(log), ...splitter.flush()];
    },

    async followLog(
      container: string,
      { tail, signal: until }: { tail: number | 'all'; signal: AbortSignal },
      onLine: (line: string) => void,
    ): Promise<void> {
      const options = { follow: true as const, stdout: true, stderr: true };
      const follow = async (call: Call) => {
        const log = await docker.getContainer(container).logs({
          ...options,
          ...(tail !== 'all' && { tail }),
          ...abortedBy(call),
        });
        call.allow(Number.POSITIVE_INFINITY);
        const splitter = new LogLines();
        for await (const chunk of log as AsyncIterable<Buffer>)
          splitter.push(chunk).forEach(onLine);
        splitter.flush().forEach(onLine);
      };
      try {
        await calls.ask(`follow the log of container ${container}`, follow, { until });
      } catch (error) {
        if (signal.aborted || !until.aborted) throw error;
      }
    },
  };
}

export function executions({ docker, calls }: Client): Pick<Runtime, 'exec' | 'execInteractive'> {
  return {
    async exec(
      container: string,
      command: readonly string[],
      deadlineMs: number,
      user = '',
    ): Promise<ExecResult> {
      const run = async (call: Call) => {
        const options = { Cmd: [...command], User: user, AttachStdout: true, AttachStderr: true };
        const exec = await docker.getContainer(container).exec({ ...options, ...abortedBy(call) });
        const stream = await exec.start(abortedBy(call));
        return capture({ stream, tty: false, exitCode: () => exitCode(exec, call) }, call.signal);
      };
      return calls.ask(execution(container, command), run, { deadlineMs });
    },

    async execInteractive(
      container: string,
      command: readonly string[],
      terminal: Terminal,
    ): Promise<number> {
      const tty = terminal.stdin.isTTY && terminal.stdout.isTTY;
      const output = { AttachStdout: true, AttachStderr: true };
      const options = { Cmd: [...command], Tty: tty, AttachStdin: true, ...output };
      return calls.ask(execution(container, command), async (call) => {
        const exec = await docker.getContainer(container).exec({ ...options, ...abortedBy(call) });
        const start = { hijack: true, stdin: true, Tty: tty };
        const stream = await exec.start({ ...start, ...abortedBy(call) });
        call.allow(Number.POSITIVE_INFINITY);
        const interactive = {
          stream,
          tty,
          exitCode: () => calls.ask('ask for an exit code', (poll) => exitCode(exec, poll)),
          resize: (rows: number, columns: number) =>
            calls.ask('resize a terminal', (resize) =>
              exec.resize({ h: rows, w: columns, ...abortedBy(resize) }),
            ),
        };
        return attach(interactive, terminal, call.signal);
      });
    },
  };
}

/** Names the command only: its arguments may hold a password. */
const execution = (container: string, [command]: readonly string[]) =>
  `run ${command} in container ${container}`;

async function exitCode(exec: Dockerode.Exec, call: Call): Promise<number | null> {
  const { Running, ExitCode } = await exec.inspect(abortedBy(call));
  return Running ? null : ExitCode;
}
