"""The scenario's steps with redis-py."""
import sys
import time

from redis.cluster import RedisCluster
from redis.exceptions import RedisError

NAME = "py"
rc = None


def key(i):
    return f"{NAME}:{i}"


def until(what, seconds=30):
    """Tries again until it works; how a program survives a failover."""
    end = time.monotonic() + seconds
    while True:
        try:
            return what()
        except (RedisError, OSError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def connect(port):
    global rc
    rc = RedisCluster(host="127.0.0.1", port=int(port), decode_responses=True, socket_timeout=2)
    return f"{len(rc.get_primaries())} masters {len(rc.get_replicas())} replicas"


def fill(n):
    for i in range(int(n)):
        assert rc.set(key(i), f"value {i}") is True
    return n


def check(n):
    for i in range(int(n)):
        assert rc.get(key(i)) == f"value {i}", key(i)
    return n


def ask(*keys):
    return " ".join(str(rc.get(k)) for k in keys)


def churn(ms):
    end, i = time.monotonic() + int(ms) / 1000, 0
    while time.monotonic() < end:
        assert rc.incr(f"{NAME}:count:{i % 200}") == i // 200 + 1, i
        i += 1
    return "busy" if i > 100 else f"only {i}"


def transaction():
    with rc.pipeline(transaction=True) as pipe:
        for amount in (1, 2, 3):
            pipe.incrby("{tx}" + NAME, amount)
        return pipe.execute()[-1]


def message(pubsub, get):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found = get(pubsub)
        if found and found["type"] in ("message", "smessage"):
            return found["data"]
    raise AssertionError("no message")


def pubsub():
    with rc.pubsub() as p:
        p.subscribe("news:" + NAME)
        p.get_message(timeout=5)
        rc.publish("news:" + NAME, "hello")
        return message(p, lambda p: p.get_message(timeout=1))


def shardpubsub():
    p = rc.pubsub()
    p.ssubscribe("shard:" + NAME)
    p.get_sharded_message(timeout=5)
    rc.spublish("shard:" + NAME, "hello")
    return message(p, lambda p: p.get_sharded_message(timeout=1))


def survive(n):
    for i in range(int(n)):
        until(lambda: rc.set(key(i), f"value {i}"))
    return n


for line in sys.stdin:
    step, *args = line.split()
    try:
        print("ok", globals()[step](*args), flush=True)
    except Exception as error:
        print(f"failed: {type(error).__name__} {error}".replace("\n", " "), flush=True)
