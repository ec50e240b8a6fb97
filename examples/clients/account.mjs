/** Pushes numbers for a while, one after the other, and says what became of them. */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * @param push (text) => promise of its acknowledgement
 * @param list () => promise of all that is there
 */
export async function account(push, list, ms = Number(process.argv[2] ?? 6000)) {
  const acknowledged = [];
  const errors = {};
  await push('first');
  console.log('under way');
  const end = performance.now() + ms;
  for (let number = 0; performance.now() < end; number += 1) {
    const text = String(number);
    try {
      await within(2000, push(text));
      acknowledged.push(text);
    } catch (error) {
      errors[error.message] = (errors[error.message] ?? 0) + 1;
      await sleep(5);
    }
  }
  const kept = await within(20_000, list()).catch(() => null);
  const there = new Set(kept);
  console.log(
    JSON.stringify({
      acknowledged: acknowledged.length,
      missing: kept && acknowledged.filter((text) => !there.has(text)).length,
      twice: kept && kept.length - there.size,
      errors,
    }),
  );
  process.exit();
}

const within = (ms, promise) =>
  Promise.race([promise, sleep(ms).then(() => Promise.reject(new Error(`no answer in ${ms} ms`)))]);
