import fc from 'fast-check';
import { ownedReason } from '../../../src/config/directives.js';
import { findControlCharacter } from '../../../src/config/quoting.js';
import type { Directive } from '../../../src/topology/topology.js';

const name = fc
  .oneof(
    fc.constantFrom('save', 'hz', 'repl-backlog-size', 'slave-priority', 'replica-priority'),
    fc.stringMatching(/^[a-z][a-z0-9._-]{0,20}$/),
  )
  .filter((text) => ownedReason(text) === null);

const value = fc.string({ unit: 'grapheme' }).filter((text) => findControlCharacter(text) === null);

/** Directives that a user may set, with any text as values. */
export const directives: fc.Arbitrary<Directive[]> = fc.array(
  fc.record({ name, args: fc.array(value, { minLength: 1, maxLength: 4 }) }),
);
