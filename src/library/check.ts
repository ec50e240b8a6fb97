/** What a call is given, checked before anything is touched: all that is wrong at once. */
import { type Problem, UsageError } from '../errors.js';
import { suggestion } from '../topology/nearest.js';
import { show } from '../topology/schema-complaints.js';
import { CALLS, type CallName, type Rules } from './calls.js';

/**
 * @param named the arguments before the options, by their names
 * @throws UsageError with the code `wrong-input` and all `problems`
 */
export function refuseWrong(call: CallName, options: unknown, named: object = {}): void {
  const problems = [...namedProblems(call, named), ...optionProblems(call, options)];
  if (problems.length > 0) throw wrongInput(call, problems);
}

/** Of the options alone. @throws UsageError if they are none. */
export function optionProblems(call: CallName, options: unknown): Problem[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const message = `the options must be an object, not ${show(options)}`;
    throw wrongInput(call, [{ source: 'options', message }]);
  }
  const { options: rules } = CALLS[call];
  const said = Object.entries(options).filter(([, value]) => value !== undefined);
  const needed = Object.entries(rules).filter(([, rule]) => rule.needed);
  const missing = needed.filter(([name]) => !said.some(([it]) => it === name));
  return [...missing.map(([name]) => [name, undefined] as const), ...said].flatMap(
    ([name, value]) => {
      if (Object.hasOwn(rules, name)) return wrongValue(rules, name, value);
      const message = `there is no option ${name}${suggestion(name, Object.keys(rules))}`;
      return [{ source: name, message }];
    },
  );
}

function namedProblems(call: CallName, named: object): Problem[] {
  const { named: rules } = CALLS[call];
  return Object.entries(named).flatMap(([name, value]) => wrongValue(rules, name, value));
}

function wrongValue(rules: Rules, name: string, value: unknown): Problem[] {
  const rule = rules[name];
  if (rule === undefined || rule.allows(value)) return [];
  const found = rule.secret ? '' : `, not ${show(value)}`;
  return [{ source: name, message: `${name} must be ${rule.words}${found}` }];
}

const wrongInput = (call: CallName, problems: readonly Problem[]): UsageError =>
  new UsageError(problems.map(({ message }) => `${call}: ${message}`).join('\n'), {
    about: { code: 'wrong-input', call, problems },
  });
