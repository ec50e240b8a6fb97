/** A runtime whose engine stops answering: calls from the n-th on end only with their signal. */
import type { Runtime } from '../../src/docker/runtime.js';

export interface Hang {
  /** Number of the call, from 1; later ones hang as well. */
  readonly at: number;
  /** False once the engine answers again. */
  lasts: boolean;
}

export function hanging(
  runtime: Runtime,
  hang: Hang,
  seen: { calls: number },
  signal: AbortSignal,
) {
  const until = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  until.catch(() => {});
  return new Proxy(runtime, {
    get(target, name) {
      const member = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        seen.calls += 1;
        if (hang.lasts && seen.calls >= hang.at) {
          return signal.aborted ? Promise.reject(signal.reason) : until;
        }
        return member.apply(target, args);
      };
    },
  });
}
