/** What the user says outside rrepl.yaml: flags and RREPL_* variables, as typed. */

import type * as z from 'zod';
import { inInput, type Place, type Problem } from '../errors.js';
import { isNumber, type Setting, type TopologyFlags } from './flags.js';
import { withFound } from './schema-complaints.js';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Spoken {
  readonly flags: TopologyFlags;
  readonly env: Env;
}

/** The text of a setting and who says it, or null. A flag goes over its variable; an empty variable says nothing. */
export function given(
  { flags, env }: Spoken,
  setting: Setting,
): { readonly place: Place; readonly text: string } | null {
  const flag = flags[setting];
  if (flag !== undefined) return { place: inInput(setting), text: flag };
  const variable = `RREPL_${setting.toUpperCase()}`;
  const text = env[variable];
  return text ? { place: { source: variable }, text } : null;
}

/** The checked value of a setting, or undefined. What is wrong with it goes to `problems`. */
export function readSetting<T>(
  spoken: Spoken,
  setting: Setting,
  schema: z.ZodType<T | undefined>,
  problems: Problem[],
): T | undefined {
  const found = given(spoken, setting);
  if (found === null) return undefined;
  const { place, text } = found;
  const isNumeric = isNumber(setting) && /^\d+(\.\d+)?$/.test(text);
  const parsed = schema.safeParse(isNumeric ? Number(text) : text);
  const [issue] = parsed.error?.issues ?? [];
  if (issue !== undefined) problems.push({ ...place, message: withFound(issue, text) });
  return parsed.data;
}
