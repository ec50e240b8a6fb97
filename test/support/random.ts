/** The next of a row of numbers from 0 to 1 that the seed decides (Park and Miller's). */
export function randomsFrom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
