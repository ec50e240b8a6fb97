/** Whether what `--json` prints has the shape that the package's JSON Schema promises. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect } from 'vitest';
import { shippedFile } from '../../src/topology/shipped.js';

const ajv = new Ajv({ strict: true, allowUnionTypes: true });

type Shape =
  | 'status'
  | 'why'
  | 'election'
  | 'verify'
  | 'ls'
  | 'down'
  | 'prune'
  | 'env'
  | 'addresses'
  | 'restore'
  | 'plan'
  | 'doctor'
  | 'kill-master'
  | 'drill-list'
  | 'drill-run'
  | 'run'
  | 'tap'
  | 'top'
  | 'salvage'
  | 'salvage-apply';

export function expectShape(name: Shape, json: unknown): void {
  const schema = JSON.parse(readFileSync(shippedFile(`schema/${name}.schema.json`), 'utf8'));
  ajv.validate(schema, json);
  expect(ajv.errors ?? []).toEqual([]);
}
