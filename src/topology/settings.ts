/** What the user says outside rrepl.yaml: flags and RREPL_* variables, as typed. */

import type * as z from 'zod';
import type { Problem } from '../errors.js';
import { withFound } from './schema-complaints.js';

/** As typed, not yet checked. */
export interface TopologyFlags {
  readonly name?: string | undefined;
  readonly image?: string | undefined;
  readonly replicas?: string | undefined;
  readonly port?: string | undefined;
  /** Where the password comes from, never the password. */
  readonly password?: string | undefined;
  readonly user?: string | undefined;
  readonly tls?: true | undefined;
  /** The node whose data lead where the copies contradict each other. Never said by a file or variable. */
  readonly master?: string | undefined;
  /** Folder, relative to the working directory. */
  readonly dir?: string | undefined;
  /** Each `directive=value`. */
  readonly set?: readonly string[] | undefined;
  /** Path of a redis.conf whose directives override those of rrepl.yaml. */
  readonly conf?: string | undefined;
  /** Path of the template. */
  readonly template?: string | undefined;
  readonly restart?: string | undefined;
  readonly memory?: string | undefined;
  readonly cpus?: string | undefined;
  readonly bind?: string | undefined;
  readonly ttl?: string | undefined;
  /** Publish beyond the loopback address without a password. Never said by a file or variable. */
  readonly insecure?: boolean | undefined;
  /** Path of rrepl.yaml. */
  readonly file?: string | undefined;
}

export type Env = Readonly<Record<string, string | undefined>>;

export interface Spoken {
  readonly flags: TopologyFlags;
  readonly env: Env;
}

/** Settings that a flag or a variable can say. */
export type Setting =
  | 'name'
  | 'image'
  | 'replicas'
  | 'port'
  | 'dir'
  | 'restart'
  | 'memory'
  | 'cpus'
  | 'bind'
  | 'ttl'
  | 'file';

const NUMBERS: ReadonlySet<Setting> = new Set(['replicas', 'port', 'cpus']);

/** The text of a setting and who says it, or null. A flag goes over its variable; an empty variable says nothing. */
export function given({ flags, env }: Spoken, setting: Setting) {
  const flag = flags[setting];
  if (flag !== undefined) return { source: `--${setting}`, text: flag };
  const variable = `RREPL_${setting.toUpperCase()}`;
  const text = env[variable];
  return text ? { source: variable, text } : null;
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
  const { source, text } = found;
  const isNumber = NUMBERS.has(setting) && /^\d+(\.\d+)?$/.test(text);
  const parsed = schema.safeParse(isNumber ? Number(text) : text);
  const [issue] = parsed.error?.issues ?? [];
  if (issue !== undefined) problems.push({ source, message: withFound(issue, text) });
  return parsed.data;
}
