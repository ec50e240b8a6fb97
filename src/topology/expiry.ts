/** `--ttl 30m` -> the moment from which `rrepl prune` may remove what this run makes. */

import * as z from 'zod';
import { durationMs } from '../duration.js';
import type { Problem } from '../errors.js';
import { readSetting, type Spoken } from './settings.js';

const IS = 'ttl must be a time such as 30m, 2h or 7d';

/** No key of rrepl.yaml: it is about this run, not about the topology. */
const ttl = z
  .string(IS)
  .refine((text) => durationMs(text) !== null, IS)
  .optional();

/** Milliseconds since the epoch; null for never. */
export function readExpiry(spoken: Spoken, problems: Problem[]): number | null {
  const ms = durationMs(readSetting(spoken, 'ttl', ttl, problems) ?? '');
  return ms === null ? null : Date.now() + ms;
}
