import type { Context } from '../context.js';
import { examine } from '../doctor/doctor.js';
import { thisHost } from '../doctor/this-host.js';
import { EXIT_CODES } from '../errors.js';
import { endInTime } from '../operations/run.js';
import { Deadline } from '../redis/wait.js';
import { loadWish } from '../topology/load.js';
import type { TopologyFlags } from '../topology/settings.js';
import { doctorText } from '../ui/doctor-text.js';
import { printJson } from './session.js';

export interface DoctorOptions extends TopologyFlags {
  readonly host?: string;
  readonly json?: boolean;
}

const TIMEOUT_MS = 30_000;

export async function doctorCommand(context: Context, options: DoctorOptions): Promise<number> {
  const topology = (await loadWish(options, context)).resolve(null);
  const deadline = new Deadline(TIMEOUT_MS);
  return endInTime(
    { signal: context.signal, deadline },
    'there is no answer',
    async ({ signal }) => {
      const connect = () => context.connectRuntime(options.host, signal);
      const findings = await examine({ connect, topology, host: thisHost });
      context.signal.throwIfAborted();
      if (options.json) printJson(context, { findings });
      else context.stdout.write(doctorText(findings, context));
      const failed = findings.some(({ condition }) => condition === 'fail');
      return failed ? EXIT_CODES.failed : EXIT_CODES.done;
    },
  );
}
