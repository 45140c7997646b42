// The page itself: what a first visitor finds, and how time is held in hand.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open, withBrowser } from "./harness.mjs";

withBrowser();

const MASTERS = ["192.168.40.5:6380", "192.168.40.1:6380", "192.168.40.2:6380"];
const REPLICAS = ["192.168.40.5:6381", "192.168.40.1:6381", "192.168.40.2:6381"];

async function living(page) {
  for (const address of MASTERS) await page.sees(address, { role: "master", health: "ok" });
  for (const address of REPLICAS) await page.sees(address, { role: "replica", health: "ok" });
}

test("a first visit opens on a living cluster with the console ready on db01", { timeout: 120_000 }, () =>
  open({}, async (page) => {
    await living(page);
    await page.page.getByTestId("slot-map").waitFor();
    await page.page.getByTestId("timeline").waitFor();
    await page.expect("hostname", /^db01$/);
    await page.expect("redis-cli -h 192.168.40.5 -p 6380 cluster info", /cluster_state:ok[^]*cluster_known_nodes:6/);
    await page.expect("redis-cli -h 192.168.40.5 -p 6380 cluster keyslot foo", /^\(integer\) 12182$/);
    await page.expect("redis-cli -h 192.168.40.5 -p 6380 get foo", /^\(error\) MOVED 12182 192\.168\.40\.2:6380$/);
    await page.expect("redis-cli -c -h 192.168.40.5 -p 6380 set foo bar", /^OK$/);
  }));

test("time stands still when paused, and each step ends at the next event", { timeout: 120_000 }, () =>
  open({}, async (page) => {
    await living(page);
    // Several events may share a millisecond of the clock: the list of events tells them apart.
    const look = () => document.querySelector("time.clock").textContent
      + document.querySelector("[data-testid=timeline]").textContent;
    const clock = () => page.page.evaluate(look);
    const stands = () => page.page.locator("[data-testid=play][aria-pressed=false]").waitFor();
    const moved = (from) => page.page.waitForFunction(`(${look})() !== ${JSON.stringify(from)}`);
    await moved(await clock());
    await page.page.getByTestId("play").click();
    await stands();
    const stood = await clock();
    // A hundred frames: enough for any clock that runs to show it.
    await page.page.evaluate(async () => {
      for (let i = 0; i < 100; i++) await new Promise(requestAnimationFrame);
    });
    assert.equal(await clock(), stood);

    // A master dies; step by step its replica takes over. Fifteen seconds pass in a blink.
    await page.type("kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)");
    await page.sees("192.168.40.5:6380", { role: "none", health: "down" });
    const replica = page.node("192.168.40.2:6381");
    let steps = 0;
    while (await replica.getAttribute("data-role") !== "master") {
      assert.ok(++steps < 60, "sixty steps and no promotion");
      const before = await clock();
      await page.page.getByTestId("step").click();
      await moved(before);
      await stands();
    }
    assert.ok(steps > 1, "a step must not jump over the failure detection");

    await page.page.getByTestId("play").click();
    await moved(await clock());
  }));

test("a faster clock makes a dead master's replica stand up sooner", { timeout: 120_000 }, () =>
  open({}, async (page) => {
    await living(page);
    await page.hurry();
    await page.type("kill -9 $(ps -ef | grep 'redis-server 192.168.40.5:6380' | grep -v grep | awk '{print $2}')");
    await page.sees("192.168.40.5:6380", { role: "none", health: "down" });
    await page.sees("192.168.40.2:6381", { role: "master", health: "ok" });
    await page.page.getByTestId("timeline").locator("li").first().waitFor();
  }));

for (const theme of ["light", "dark"]) {
  for (const width of [1440, 390]) {
    test(`it is readable in ${theme} at ${width} pixels`, { timeout: 120_000 }, () =>
      open({ search: `?lang=en&theme=${theme}`, viewport: { width, height: 900 } }, async (page) => {
        const wide = await page.page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `the page is ${wide} pixels wide`);
        assert.equal(await page.page.evaluate(() => document.documentElement.dataset.theme), theme);
        const faint = await page.page.evaluate(contrasts);
        assert.deepEqual(faint, [], "text below the contrast that WCAG 2.2 AA asks for");
        if (process.env.SLOTLAB_SHOTS) {
          await living(page);
          await page.page.screenshot({ path: `${process.env.SLOTLAB_SHOTS}/page-${theme}-${width}.png` });
        }
      }));
  }
}

/// In the browser: texts on a plain ground whose contrast is below 4.5 (3 for large type), as WCAG counts it.
function contrasts() {
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== "none") return null;
      const [r, g, b, a = 1] = channels(style.backgroundColor);
      if (a === 1) return [r, g, b];
      if (a > 0) return null;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const element = text.parentElement;
    if (!text.data.trim() || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const [r, g, b, a = 1] = channels(style.color);
    const behind = ground(element);
    if (!behind || a < 1 || !style.color.startsWith("rgb")) continue;
    const [high, low] = [light([r, g, b]), light(behind)].sort((x, y) => y - x);
    const ratio = (high + 0.05) / (low + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) faint.push(`${text.data.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return [...new Set(faint)];
}

test("the page speaks Chinese too", { timeout: 120_000 }, () =>
  open({ search: "?lang=zh-CN" }, async (page) => {
    assert.equal(await page.page.evaluate(() => document.documentElement.lang), "zh-CN");
    assert.match(await page.page.getByTestId("stage").innerText(), /\p{Script=Han}/u);
    await page.expect("redis-cli -h 192.168.40.5 -p 6380 ping", /^PONG$/);
  }));
