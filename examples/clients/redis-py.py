"""With its defaults: what was under way at a cut is an error; the next command connects again by itself."""
import json
import os
import sys
import time

import redis

client = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
acknowledged, errors = [], {}
client.rpush("orders", "first")
print("under way", flush=True)
end = time.monotonic() + float(sys.argv[1] if len(sys.argv) > 1 else 6000) / 1000
number = 0
while time.monotonic() < end:
    try:
        client.rpush("orders", number)
        acknowledged.append(str(number))
    except redis.RedisError as error:
        errors[str(error)] = errors.get(str(error), 0) + 1
        time.sleep(0.005)
    number += 1
kept = client.lrange("orders", 0, -1)
there = set(kept)
print(
    json.dumps(
        {
            "acknowledged": len(acknowledged),
            "missing": sum(text not in there for text in acknowledged),
            "twice": len(kept) - len(there),
            "errors": errors,
        }
    )
)
