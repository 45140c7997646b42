// The scenario's steps with ioredis.
import { Cluster } from 'ioredis';
import { common, run } from './steps.mjs';

let cluster;
let at;
const commands = {
  get: (k) => cluster.get(k),
  set: (k, v) => cluster.set(k, v),
  incr: (k) => cluster.incr(k),
};

const open = (options) => {
  const opened = new Cluster([{ host: '127.0.0.1', port: at }], options);
  // Links that break during a failover are mended by the library.
  opened.on('error', () => {});
  return opened;
};

// What a subscriber hears of what a publisher says.
async function heard(event, subscribe, publish) {
  const subscriber = open({ shardedSubscribers: event === 'smessage' });
  try {
    const message = new Promise((resolve) => subscriber.on(event, (_, text) => resolve(text)));
    await subscribe(subscriber);
    await publish();
    return await message;
  } finally {
    subscriber.disconnect();
  }
}

await run({
  ...common('io', commands),
  async connect(port) {
    at = Number(port);
    cluster = open({ slotsRefreshTimeout: 5000 });
    await cluster.ping();
    return `${cluster.nodes('master').length} masters ${cluster.nodes('slave').length} replicas`;
  },
  async transaction() {
    const key = '{tx}io';
    const replies = await cluster.multi().incrby(key, 1).incrby(key, 2).incrby(key, 3).exec();
    return replies.at(-1)[1];
  },
  pubsub: () =>
    heard(
      'message',
      (subscriber) => subscriber.subscribe('news:io'),
      () => cluster.publish('news:io', 'hello'),
    ),
  shardpubsub: () =>
    heard(
      'smessage',
      (subscriber) => subscriber.ssubscribe('shard:io'),
      () => cluster.spublish('shard:io', 'hello'),
    ),
});
