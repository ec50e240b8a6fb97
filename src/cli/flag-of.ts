/** What says an input in a command line: `downAfter` is `--down-after`. Directives are typed one by one, with `--set`. */
export const flagOf = (input: string): string =>
  input === 'config'
    ? '--set'
    : `--${input.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
