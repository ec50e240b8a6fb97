"""With a socket_timeout, without which a master that hangs is waited for for ever. redis-py knows no map: it
must reach the addresses that the sentinels say."""
import json, os, sys, time
from redis.sentinel import Sentinel

SENTINELS = [tuple(it.rsplit(":", 1)) for it in os.environ["REDIS_SENTINELS"].split(",")]
redis = Sentinel(SENTINELS, socket_timeout=0.5).master_for(
    os.environ["REDIS_MASTER_NAME"], socket_timeout=0.5
)
ms = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
acknowledged, errors, gap, number = [], {}, 0.0, 0
redis.rpush("orders", "first")
print("under way", flush=True)
begin = last = time.monotonic()
while (time.monotonic() - begin) * 1000 < ms:
    text = str(number)
    number += 1
    try:
        redis.rpush("orders", text)
        acknowledged.append(text)
        gap = max(gap, time.monotonic() - last)
        last = time.monotonic()
        time.sleep(0.001)
    except Exception as error:
        errors[str(error)] = errors.get(str(error), 0) + 1
        time.sleep(0.005)
since = time.monotonic() - last
print(
    json.dumps(
        {
            "acknowledged": acknowledged,
            "gapMs": max(gap, since) * 1000,
            "wentOn": since < 2,
            "errors": errors,
        }
    )
)
