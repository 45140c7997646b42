"""Load by redis-py on keys of its own until standard input says stop.

Tells every acknowledged write and every error, a line each; what they are held against is in
native-node/tests/load.
"""
import sys
import threading
import time

from redis.cluster import RedisCluster
from redis.exceptions import RedisClusterException, RedisError

KEYS = 64
FAILURES = (RedisError, RedisClusterException, OSError)
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()


def connect():
    end = time.monotonic() + 30
    while True:
        try:
            return RedisCluster(
                host="127.0.0.1", port=int(sys.argv[1]), decode_responses=True, socket_timeout=2
            )
        except FAILURES:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


rc = connect()
print("ready", flush=True)


def write(kind, key, n):
    if kind == "s":
        assert rc.set(key, n) is True
    elif kind == "h":
        assert rc.hset(key, "f", n) in (0, 1)
    elif kind == "z":
        assert rc.zadd(key, {"m": n}) in (0, 1)
    else:
        assert rc.mset({"{%s}a" % key: n, "{%s}b" % key: n}) is True


def read(kind, key):
    if kind == "s":
        return rc.get(key)
    if kind == "h":
        return rc.hget(key, "f")
    if kind == "z":
        return rc.zscore(key, "m")
    both = rc.mget("{%s}a" % key, "{%s}b" % key)
    assert both[0] == both[1], f"{key}: half a write: {both}"
    return both[0]


n = 0
while not stop.is_set():
    n += 1
    place = n % KEYS
    kind = "shzm"[place % 4]
    key = f"py:{kind}:{place}"
    try:
        write(kind, key, n)
        print("ack", key, n, time.time_ns() // 1_000_000)
    except FAILURES as error:
        print("err", key, n, type(error).__name__)
    if n % 3 == 0:
        try:
            held = read(kind, key)
        except FAILURES as error:
            print("err", key, n, type(error).__name__)
            continue
        assert held is None or int(held) <= n, f"{key} holds {held}, nobody has written that"
print("bye", flush=True)
