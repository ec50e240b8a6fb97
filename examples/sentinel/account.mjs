/** Pushes numbers for a while, one after the other, and says which were acknowledged and how long none was. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Where the sentinels are, what the topology's master is called, and how addresses in it are reached from here. */
export const sentinels = process.env.REDIS_SENTINELS.split(',').map((address) => {
  const [host, port] = address.split(':');
  return { host, port: Number(port) };
});
export const name = process.env.REDIS_MASTER_NAME;
export const map = JSON.parse(process.env.REDIS_ADDRESS_MAP ?? 'null') ?? undefined;

/** @param push (text) => promise of its acknowledgement */
export async function account(push, ms = Number(process.argv[2] ?? 20000)) {
  const acknowledged = [];
  const errors = {};
  await within(10000, push('first'));
  console.log('under way');
  const begin = performance.now();
  let last = begin;
  let gap = 0;
  for (let number = 0; performance.now() - begin < ms; number += 1) {
    const text = String(number);
    try {
      await within(2000, push(text));
      acknowledged.push(text);
      gap = Math.max(gap, performance.now() - last);
      last = performance.now();
      await sleep(1);
    } catch (error) {
      errors[error.message] = (errors[error.message] ?? 0) + 1;
      await sleep(5);
    }
  }
  const since = performance.now() - last;
  console.log(
    JSON.stringify({ acknowledged, gapMs: Math.max(gap, since), wentOn: since < 2000, errors }),
  );
  process.exit();
}

const within = (ms, promise) =>
  Promise.race([promise, sleep(ms).then(() => Promise.reject(new Error(`no answer in ${ms} ms`)))]);
