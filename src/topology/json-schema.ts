import * as z from 'zod';
import { topologySchema } from './schema.js';

/** JSON Schema of rrepl.yaml, for editors. `schema/rrepl.schema.json` holds it. */
export function topologyJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(topologySchema, { target: 'draft-7' });
}
