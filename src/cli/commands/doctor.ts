import type { Context } from '../../context.js';
import type { Finding } from '../../doctor/finding.js';
import { EXIT_CODES } from '../../errors.js';
import { doctor } from '../../operations/doctor.js';
import type { TopologyFlags } from '../../topology/flags.js';
import { loadWish } from '../../topology/load.js';
import { doctorText } from '../../ui/doctor-text.js';
import type { EngineOptions, OptionsOf } from '../flags.js';
import { hintFor, hintOf } from '../hints/index.js';
import { printJson } from '../session.js';

export type DoctorOptions = TopologyFlags & EngineOptions & OptionsOf<'json'>;

export async function doctorCommand(context: Context, options: DoctorOptions): Promise<number> {
  const topology = (await loadWish(options, context)).resolve(null);
  const { signal } = context;
  const found = await doctor(context.engine(options.host), { topology }, { signal });
  const findings = found.map(withRemedy);
  if (options.json) printJson(context, { findings });
  else context.stdout.write(doctorText(findings, context));
  const failed = findings.some(({ condition }) => condition === 'fail');
  return failed ? EXIT_CODES.failed : EXIT_CODES.done;
}

/** Never without one: a failure without a way on is none. */
function withRemedy({ error, about, ...finding }: Finding): Finding {
  if (about !== undefined) return { ...finding, remedy: hintOf(about) ?? null };
  if (error === undefined) return finding;
  return { ...finding, remedy: hintFor(error) ?? 'run again with --debug' };
}
