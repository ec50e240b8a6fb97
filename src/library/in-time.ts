/** The deadline of calls that is kept from outside: their operations wait longer, or have none of their own. */
import type { OperationOptions } from '../operations/operation.js';
import { endInTime, startRun } from '../operations/run.js';
import type { CallName } from './calls.js';

/** Without `timeoutMs` there is none. @throws DeadlineError */
export function inTime<T>(
  call: CallName,
  options: OperationOptions,
  work: (options: OperationOptions) => Promise<T>,
): Promise<T> {
  const { signal: given, timeoutMs } = options;
  if (timeoutMs === undefined) return work(options);
  const run = startRun({ signal: given, timeoutMs }, timeoutMs);
  return endInTime(run, `${call} was not done`, ({ signal }) => work({ ...options, signal }));
}

/** For what changes nothing: nobody waits for a server that is asked just now. */
export const lookInTime = <T>(
  call: CallName,
  options: OperationOptions,
  work: (options: OperationOptions) => Promise<T>,
): Promise<T> =>
  inTime(call, options, (its) =>
    its.signal === undefined ? work(its) : unlessAborted(its.signal, work(its)),
  );

async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { signal: settled.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    settled.abort();
  }
}
