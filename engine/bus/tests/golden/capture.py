#!/usr/bin/env python3
"""Captures one packet of every kind from real redis-server 7.0 processes.

Every node announces the port of a small proxy as its bus port, so that all packets of the
cluster pass through this script. usage: capture.py OUT_DIR [BASE_PORT]
"""
import os, shutil, signal, socket, struct, subprocess, sys, tempfile, threading, time

OUT = os.path.abspath(sys.argv[1])
BASE = int(sys.argv[2]) if len(sys.argv) > 2 else 21000
NAMES = ["ping", "pong", "meet", "fail", "publish", "auth-request", "auth-ack", "update",
         "mfstart", "module", "publishshard"]
EXT_DATA, FORCEACK, PAUSED = 4, 2, 1
PFAIL = 4
tmp = tempfile.mkdtemp()
procs, lock, seen = {}, threading.Lock(), {}

def port(i): return BASE + i
def proxy_port(i): return BASE + 50 + i

def kind_of(frame):
    type_, count = struct.unpack(">HH", frame[12:16])
    mflags = frame[2253]
    name = NAMES[type_] if type_ < len(NAMES) else f"type-{type_}"
    if type_ in (0, 1, 2):
        if mflags & EXT_DATA: name += "-hostname"
        elif mflags & PAUSED: name += "-paused"
        elif any(struct.unpack(">H", frame[2256 + 104 * i + 98:][:2])[0] & PFAIL
                 for i in range(count)): name += "-pfail"
        elif count == 0: name += "-alone"
        elif frame[2128] != 0: name += "-replica"
    if type_ == 5 and mflags & FORCEACK: name += "-forced"
    return name

def pump(src, dst):
    buf = b""
    try:
        while data := src.recv(65536):
            dst.sendall(data)
            buf += data
            while len(buf) >= 8:
                total = struct.unpack(">I", buf[4:8])[0]
                if len(buf) < total: break
                frame, buf = buf[:total], buf[total:]
                with lock:
                    # The longest of its kind has the most in it.
                    name = kind_of(frame)
                    if len(frame) > len(seen.get(name, b"")): seen[name] = frame
    except OSError:
        pass
    for s in (src, dst):
        try: s.shutdown(socket.SHUT_RDWR)
        except OSError: pass

def serve(i):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", proxy_port(i)))
    listener.listen(64)
    while True:
        a, _ = listener.accept()
        b = socket.socket()
        try: b.connect(("127.0.0.1", port(i) + 10000))
        except OSError:
            a.close()
            continue
        for pair in ((a, b), (b, a)):
            threading.Thread(target=pump, args=pair, daemon=True).start()

def start(i):
    folder = os.path.join(tmp, str(i))
    os.makedirs(folder, exist_ok=True)
    procs[i] = subprocess.Popen(
        ["redis-server", "--port", str(port(i)), "--bind", "127.0.0.1", "--dir", folder,
         "--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--save", "",
         "--cluster-announce-bus-port", str(proxy_port(i))],
        stdout=open(os.path.join(folder, "log"), "a"))

def cli(i, *words):
    return subprocess.run(["redis-cli", "-p", str(port(i)), *map(str, words)],
                          capture_output=True, text=True).stdout.strip()

def wait(what, test):
    for _ in range(300):
        if test(): return
        time.sleep(0.1)
    raise SystemExit(f"gave up waiting for: {what}")

def state_ok(*nodes): return lambda: all("cluster_state:ok" in cli(i, "cluster", "info") for i in nodes)

for i in range(4):
    threading.Thread(target=serve, args=(i,), daemon=True).start()
    start(i)
try:
    wait("start", lambda: all(cli(i, "ping") == "PONG" for i in range(4)))
    for i, (a, b) in enumerate([(0, 5460), (5461, 10922), (10923, 16383)]):
        cli(i, "cluster", "addslotsrange", a, b)
        cli(i, "cluster", "set-config-epoch", i + 1)
    for i in range(1, 4): cli(0, "cluster", "meet", "127.0.0.1", port(i), proxy_port(i))
    wait("ok", state_ok(0, 1, 2, 3))
    cli(3, "cluster", "replicate", cli(0, "cluster", "myid"))
    wait("replica", lambda: "master_link_status:up" in cli(3, "info", "replication"))
    cli(0, "set", "{06S}a", "1")
    time.sleep(3)
    cli(0, "publish", "news", "hello")
    cli(0, "spublish", "{06S}shard", "hi")
    time.sleep(0.5)
    os.kill(procs[0].pid, signal.SIGKILL); procs[0].wait()
    wait("election", lambda: "role:master" in cli(3, "info", "replication"))
    wait("ok", state_ok(1, 2, 3))
    for i in (1, 2, 3): shutil.copy(os.path.join(tmp, str(i), "nodes.conf"), os.path.join(OUT, f"nodes-failed-over-{i}.conf"))
    start(0)
    wait("return", lambda: "role:slave" in cli(0, "info", "replication"))
    wait("link", lambda: "master_link_status:up" in cli(0, "info", "replication"))
    time.sleep(1)
    cli(0, "cluster", "failover")
    wait("failover", lambda: "role:master" in cli(0, "info", "replication"))
    cli(1, "config", "set", "cluster-announce-hostname", "node-1.example.com")
    cli(1, "cluster", "setslot", 6000, "migrating", cli(2, "cluster", "myid"))
    cli(2, "cluster", "setslot", 6000, "importing", cli(1, "cluster", "myid"))
    time.sleep(3)
    for i in range(4):
        cli(i, "cluster", "saveconfig")
        shutil.copy(os.path.join(tmp, str(i), "nodes.conf"), os.path.join(OUT, f"nodes-{i}.conf"))
        open(os.path.join(OUT, f"nodes-{i}.txt"), "w").write(cli(i, "cluster", "nodes") + "\n")
    for name, frame in sorted(seen.items()):
        open(os.path.join(OUT, name + ".bin"), "wb").write(frame)
        print(name, len(frame))
finally:
    for p in procs.values(): p.kill()
    shutil.rmtree(tmp, ignore_errors=True)
