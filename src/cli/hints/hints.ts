/** What to type next, or what to change, for each code: one sentence or several lines; undefined where nothing helps. */
export type Hints<F> = { readonly [C in keyof F]: (facts: F[C]) => string | undefined };
