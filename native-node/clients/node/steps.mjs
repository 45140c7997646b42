// What both libraries share: reading steps and answering them.
import { createInterface } from 'node:readline';

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function equal(got, wanted) {
  if (got !== wanted) throw new Error(`${got} is not ${wanted}`);
}

// Tries again until it works; how a program survives a failover.
export async function until(what, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await what();
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(100);
    }
  }
}

// The steps that need nothing but commands: `get`, `set` and `incr` of one library.
export function common(name, commands) {
  const key = (i) => `${name}:${i}`;
  return {
    async fill(n) {
      for (let i = 0; i < Number(n); i++) equal(await commands.set(key(i), `value ${i}`), 'OK');
      return n;
    },
    async check(n) {
      for (let i = 0; i < Number(n); i++) equal(await commands.get(key(i)), `value ${i}`);
      return n;
    },
    async ask(...keys) {
      const values = [];
      for (const k of keys) values.push(await commands.get(k));
      return values.join(' ');
    },
    async churn(ms) {
      const end = Date.now() + Number(ms);
      let i = 0;
      for (; Date.now() < end; i++) {
        equal(Number(await commands.incr(`${name}:count:${i % 200}`)), Math.floor(i / 200) + 1);
      }
      return i > 100 ? 'busy' : `only ${i}`;
    },
    async survive(n) {
      for (let i = 0; i < Number(n); i++) await until(() => commands.set(key(i), `value ${i}`));
      return n;
    },
  };
}

export async function run(steps) {
  for await (const line of createInterface({ input: process.stdin })) {
    const [step, ...args] = line.trim().split(/\s+/);
    try {
      console.log('ok', await steps[step](...args));
    } catch (error) {
      console.log(`failed: ${error?.stack ?? error}`.replaceAll('\n', ' '));
    }
  }
  process.exit(0);
}
