"""With a socket_timeout, without which a master that hangs is waited for for ever. redis-py knows no map of addresses:
a class of one's own is one."""
import json, os, sys, threading, time
from redis.sentinel import Sentinel

ADDRESSES = {
    tuple(address.rsplit(":", 1)): (to["host"], to["port"])
    for address, to in json.loads(os.environ.get("REDIS_ADDRESS_MAP", "{}")).items()
}


class MappedSentinel(Sentinel):
    def discover_master(self, name):
        host, port = super().discover_master(name)
        return ADDRESSES.get((host, str(port)), (host, port))


sentinels = [tuple(it.rsplit(":", 1)) for it in os.environ["REDIS_SENTINELS"].split(",")]
redis = MappedSentinel(sentinels, socket_timeout=0.5).master_for(
    os.environ["REDIS_MASTER_NAME"], socket_timeout=0.5
)
orders = sys.argv[1] if len(sys.argv) > 1 else "orders"
end = threading.Thread(target=sys.stdin.read, daemon=True)
end.start()
acknowledged, errors, gap, number = [], {}, 0.0, 0
redis.rpush(orders, "first")
print("under way", flush=True)
last = time.monotonic()
while end.is_alive():
    try:
        redis.rpush(orders, number)
        acknowledged.append(str(number))
        gap = max(gap, time.monotonic() - last)
        last = time.monotonic()
    except Exception as error:
        errors[str(error)] = errors.get(str(error), 0) + 1
    number += 1
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
