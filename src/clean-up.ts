/**
 * Works, and cleans up however that ends. A clean-up that fails as well is told, and never takes
 * the place of the work's own error.
 */
export async function withCleanUp<T>(
  work: () => Promise<T>,
  cleanUp: () => Promise<void>,
  tell: (trouble: unknown) => void,
): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await cleanUp().catch(tell);
    throw error;
  }
  await cleanUp();
  return result;
}
