// The scenario's steps with node-redis.
import { createCluster } from 'redis';
import { common, run } from './steps.mjs';

let cluster;
const commands = {
  get: (k) => cluster.get(k),
  set: (k, v) => cluster.set(k, v),
  incr: (k) => cluster.incr(k),
};

await run({
  ...common('nr', commands),
  async connect(port) {
    cluster = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }] });
    // Links that break during a failover are mended by the library.
    cluster.on('error', () => {});
    await cluster.connect();
    // It looks for replicas only where reads shall go to them.
    return `${cluster.masters.length} masters ${cluster.slots.filter(Boolean).length} slots`;
  },
  async transaction() {
    const key = '{tx}nr';
    return (await cluster.multi().incrBy(key, 1).incrBy(key, 2).incrBy(key, 3).exec()).at(-1);
  },
  async pubsub() {
    const message = new Promise((resolve) => {
      cluster.subscribe('news:nr', resolve).then(() => cluster.publish('news:nr', 'hello'));
    });
    return message.finally(() => cluster.unsubscribe('news:nr'));
  },
  async shardpubsub() {
    const message = new Promise((resolve) => {
      cluster.sSubscribe('shard:nr', resolve).then(() => cluster.sPublish('shard:nr', 'hello'));
    });
    return message.finally(() => cluster.sUnsubscribe('shard:nr'));
  },
});
