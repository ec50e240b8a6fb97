/** Two masters take writes that only one of them will keep: said wherever it is seen. */
import { count } from '../format.js';

/** `two masters: redis-1, redis-2`; null if there are not several. */
export function severalMasters(masters: readonly string[]): string | null {
  if (masters.length < 2) return null;
  const number = masters.length === 2 ? 'two' : count(masters.length);
  return `${number} masters: ${masters.join(', ')}`;
}

export const mastersAmong = (
  nodes: readonly { readonly name: string; readonly role: string | null }[],
): string[] => nodes.flatMap(({ name, role }) => (role === 'master' ? [name] : []));
