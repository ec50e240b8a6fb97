/** The issues that zod finds, in sentences about the file. */

import type * as z from 'zod';
import { quoted } from '../format.js';
import { suggestion } from './nearest.js';
import { knownKeys } from './schema.js';
import type { Complaint } from './yaml-file.js';

/**
 * Sentences for one issue: several where several keys or list items are wrong.
 * @param data what was checked: a sentence ends with what stands there instead.
 */
export function schemaComplaints(issue: z.core.$ZodIssue, data: unknown): Complaint[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      at: 'key',
      message: `${quoted(key)} is no key here${suggestion(key, knownKeys(path))}`,
    }));
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => ({
      path,
      at: 'key',
      message: withFound(inner, path.at(-1)),
    }));
  }
  // Of a union, the option that got as far as the items of a list knows which are wrong.
  const ofList =
    issue.code === 'invalid_union'
      ? issue.errors.find((option) => option.some((inner) => inner.path.length > 0))
      : undefined;
  if (ofList !== undefined) {
    return ofList.flatMap((item) =>
      schemaComplaints({ ...item, path: [...path, ...item.path] }, data),
    );
  }
  return [{ path, at: 'value', message: withFound(issue, valueAt(data, path)) }];
}

/** The sentence of an issue; one about what must be there ends with what is. */
export function withFound(issue: z.core.$ZodIssue, found: unknown): string {
  return issue.code === 'custom' ? issue.message : `${issue.message}, not ${show(found)}`;
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (value as Record<PropertyKey, unknown> | undefined)?.[step],
    data,
  );
}

/** What stands there, in a word or two. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'string' ? quoted(value) : String(value);
}
