/** When a program has printed what is waited for. */

/** Resolves at once where nothing is waited for; what is printed then is not looked at. */
export function whenMatched(when: string | undefined) {
  if (when === undefined) {
    return { promise: Promise.resolve(), isMatched: () => true, onOutput: undefined };
  }
  const pattern = new RegExp(when, 'm');
  let matched = false;
  let text = '';
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  const onOutput = (chunk: string): void => {
    if (matched) return;
    text = (text + chunk).slice(-MOST_TEXT);
    if (!pattern.test(text)) return;
    matched = true;
    resolve();
  };
  return { promise, isMatched: () => matched, onOutput };
}

/** Of what a program has printed, to look for a pattern in. */
const MOST_TEXT = 65_536;
