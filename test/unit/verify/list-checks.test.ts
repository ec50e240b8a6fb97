import { expect, it } from 'vitest';
import { parseUser } from '../../../src/verify/list-checks.js';

it.each([
  ['user default on nopass ~* &* +@all', 'default'],
  ['user app off #ab12 resetchannels (~tmp:* +get +set) -@all', 'app'],
])('%s', (line, name) => {
  expect(parseUser(line)[0]).toBe(name);
});

it('takes rules without an order in any order', () => {
  const [, one] = parseUser('user a on #11 #22 ~x ~y resetchannels &c -@all +get (~k +set)');
  const [, other] = parseUser('user a on #22 #11 ~y ~x &c resetchannels (~k +set) -@all +get');
  expect(one).toBe(other);
});

it('takes a default that is said for one that is not', () => {
  const [, said] = parseUser('user default on nopass sanitize-payload ~* &* +@all');
  const [, unsaid] = parseUser('user default on nopass ~* &* +@all');
  expect(said).toBe(unsaid);
});

it('takes single commands in any order, and no others', () => {
  const rules = (text: string) => parseUser(`user a on ${text}`)[1];
  expect(rules('-@all +psync +replconf +ping')).toBe(rules('-@all +ping +psync +replconf'));
  expect(rules('+@all -get +@read -b +a')).toBe(rules('+@all -get +@read +a -b'));
  expect(rules('-@all +config|get -config')).not.toBe(rules('-@all -config +config|get'));
  expect(rules('+@all -get +@read')).not.toBe(rules('+@all +@read -get'));
});

it.each([
  ['a payload that is not looked at', 'skip-sanitize-payload +@all', '+@all'],
  ['commands granted', '-@all +get', '-@all +set'],
  ['commands in another order', '+@all -debug', '-debug +@all'],
  ['a password', '#11 +@all', '#22 +@all'],
  ['a selector', '(~k +get) -@all', '(~k +set) -@all'],
  ['a key', '~a +@all', '~b +@all'],
])('tells %s apart', (_, one, other) => {
  expect(parseUser(`user a on ${one}`)[1]).not.toBe(parseUser(`user a on ${other}`)[1]);
});
