// A whole afternoon of an operator, typed into the console of the page: three bare hosts, six configuration
// files, a cluster by hand, a master killed, its replica promoted, the old master brought back.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open, withBrowser } from "./harness.mjs";

withBrowser();

const HOSTS = { db01: "192.168.40.5", db02: "192.168.40.1", db03: "192.168.40.2" };
const SLOTS = { db01: "{0..5461}", db02: "{5462..10922}", db03: "{10923..16383}" };
const base = (port) => `/opt/redis_cluster/redis_${port}`;

const configuration = (address, port, more) => `
cat >${base(port)}/conf/redis_${port}.conf<<EOF
bind ${address}
port ${port}
daemonize yes
pidfile "${base(port)}/pid/redis_${port}.pid"
logfile "${base(port)}/log/redis_${port}.log"
dbfilename "redis_${port}.rdb"
dir "/data/redis_cluster/redis_${port}/"
cluster-enabled yes
cluster-config-file nodes_${port}.conf
cluster-node-timeout 15000
${more}
EOF`;

/// The id of a node as `CLUSTER NODES` prints it.
const idOf = (nodes, address) => nodes.split("\n").find((line) => line.includes(` ${address}@`)).split(" ")[0];

test("a cluster is built by hand, loses a master, and is healed", { timeout: 600_000 }, () =>
  open({}, async (page) => {
    await page.bareHosts();
    await page.hurry();

    for (const [host, address] of Object.entries(HOSTS)) {
      await page.at(host);
      for (const port of [6380, 6381]) {
        await page.type(`mkdir -p ${base(port)}/{conf,pid,log}`);
        await page.type(`mkdir -p /data/redis_cluster/redis_${port}`);
        await page.all(configuration(address, port, "protected-mode no"));
        assert.equal(await page.type(`redis-server ${base(port)}/conf/redis_${port}.conf`), "");
        await page.sees(`${address}:${port}`, { role: "master", health: "ok" });
      }
    }

    await page.at("db01");
    await page.type("redis-cli -h 192.168.40.5 -p 6380");
    for (const other of ["5 6381", "1 6381", "1 6380", "2 6380", "2 6381"]) {
      await page.expect(`CLUSTER MEET 192.168.40.${other}`, /^OK$/);
    }
    await page.until("CLUSTER NODES", /^(?:.*connected\n?){6}$/);
    await page.expect("set k22 v1", /^\(error\) CLUSTERDOWN Hash slot not served$/);
    await page.until("CLUSTER INFO", /cluster_state:fail[^]*cluster_known_nodes:6/);
    await page.type("exit");
    await page.expect("cat /data/redis_cluster/redis_6380/nodes_6380.conf", /vars currentEpoch \d+ lastVoteEpoch 0/);

    for (const host of Object.keys(HOSTS)) {
      await page.expect(`redis-cli -h ${HOSTS[host]} -p 6380 cluster addslots ${SLOTS[host]}`, /^OK$/);
    }
    await page.until("redis-cli -h 192.168.40.5 -p 6380 cluster info", /cluster_state:ok/);

    const nodes = await page.type("redis-cli -h 192.168.40.5 -p 6380 cluster nodes");
    for (const [replica, master] of [["5", "1"], ["1", "2"], ["2", "5"]]) {
      const id = idOf(nodes, `192.168.40.${master}:6380`);
      await page.until(`redis-cli -h 192.168.40.${replica} -p 6381 cluster replicate ${id}`, /^OK$/);
      await page.sees(`192.168.40.${replica}:6381`, { role: "replica" });
    }
    await page.expect("redis-cli -c -h 192.168.40.5 -p 6380 set k22 v1", /^OK$/);
    await page.until("redis-cli -h 192.168.40.2 -p 6381 info replication", /master_link_status:up/);

    await page.expect("ps -ef | grep redis", /redis-server 192\.168\.40\.5:6380 \[cluster\]/);
    const pid = await page.type("ps -ef | grep 'redis-server 192.168.40.5:6380' | grep -v grep | awk '{print $2}'");
    assert.match(pid, /^\d+$/);
    await page.type(`kill -9 ${pid}`);
    await page.sees("192.168.40.5:6380", { role: "none", health: "down" });
    await page.sees("192.168.40.2:6381", { role: "master", health: "ok" });
    await page.until("redis-cli -h 192.168.40.1 -p 6380 cluster nodes", /192\.168\.40\.5:6380@16380 master,fail/);
    await page.expect("redis-cli -c -h 192.168.40.1 -p 6380 get k22", /^"v1"$/);

    await page.type(`redis-server ${base(6380)}/conf/redis_6380.conf`);
    await page.sees("192.168.40.5:6380", { role: "replica", health: "ok" });
    await page.until("redis-cli -h 192.168.40.5 -p 6380 info replication", /master_link_status:up/);
    await page.expect("redis-cli -h 192.168.40.5 -p 6380 cluster failover", /^OK$/);
    await page.sees("192.168.40.5:6380", { role: "master", health: "ok" });
    await page.sees("192.168.40.2:6381", { role: "replica", health: "ok" });
  }));

test("without a password and a bind to everybody, protected mode refuses a guest", { timeout: 120_000 }, () =>
  open({}, async (page) => {
    await page.bareHosts();
    await page.hurry();
    await page.at("db01");
    await page.expect("cat none.conf", /^cat: none\.conf: No such file or directory$/);
    await page.expect("redis-sever x", /command not found$/);
    await page.type("redis-server --port 6380 --cluster-enabled yes --daemonize yes");
    await page.at("db02");
    await page.expect("redis-cli -h 192.168.40.5 -p 6380 ping", /DENIED Redis is running in protected mode/);
  }));
