import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { topologyJsonSchema } from '../../../src/topology/json-schema.js';
import { shippedFile } from '../../../src/topology/shipped.js';

const schema = topologyJsonSchema();
const accepts = new Ajv({ strict: false }).compile(schema);

describe('the JSON Schema of rrepl.yaml', () => {
  it('is the one that the package ships', async () => {
    const text = `${JSON.stringify(schema, null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(shippedFile('schema/rrepl.schema.json'));
  });

  it('accepts what rrepl accepts', () => {
    expect(accepts(parse(readFileSync(shippedFile('templates/rrepl.yaml'), 'utf8')))).toBe(true);
    expect(accepts({ nodes: { a: null, b: { replicaOf: 'a', config: { save: ['', 1] } } } })).toBe(
      true,
    );
    expect(accepts({ prot: 1 })).toBe(false);
    expect(accepts({ nodes: { A: null } })).toBe(false);
    expect(accepts({ config: { save: null } })).toBe(false);
  });

  it('describes every key', () => {
    for (const part of Object.values(schema.properties ?? {})) {
      expect(part).toHaveProperty('description');
    }
  });
});
