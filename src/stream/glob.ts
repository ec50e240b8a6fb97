/** Patterns as Redis matches keys: `*`, `?`, `[a-c]`, `[^a]`, `\` before what is meant literally. Pure. */

export function globMatcher(pattern: string): (key: string) => boolean {
  let source = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] as string;
    const set = char === '[' ? /^\[(\^?)((?:\\.|[^\]\\])*)\]/s.exec(pattern.slice(at)) : null;
    if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else if (set) {
      const [whole, not = '', members = ''] = set;
      source +=
        members === '' ? (not ? '.' : '(?!)') : `[${not}${members.replace(/[[&^]/g, '\\$&')}]`;
      at += whole.length - 1;
    } else if (char === '\\' && at + 1 < pattern.length) {
      at += 1;
      source += literally(pattern[at] as string);
    } else source += literally(char);
  }
  const expression = new RegExp(`^${source}$`, 's');
  return (key) => expression.test(key);
}

const literally = (char: string): string => char.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
