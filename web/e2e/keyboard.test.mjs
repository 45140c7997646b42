// The whole of it by keyboard alone: no pointer is ever moved, no element is ever focused by us.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open, withBrowser } from "./harness.mjs";

withBrowser();

/// Walks with Tab (or back with Shift+Tab) until the focus is where `selector` says.
async function reach(page, selector, key = "Tab") {
  for (let i = 0; i < 150; i++) {
    if (await page.evaluate((selector) => document.activeElement?.matches(selector), selector)) return;
    await page.keyboard.press(key);
  }
  assert.fail(`${key} never leads to ${selector}`);
}

const INPUT = "[data-testid=console-input]";
const HOSTS = [["db01", "192.168.40.5"], ["db02", "192.168.40.1"], ["db03", "192.168.40.2"]];

/// Types a line where the prompt is, and waits until it is back.
async function line({ page }, text) {
  await reach(page, INPUT, "Tab");
  const before = await page.locator("[data-testid=console-output] .typed").count();
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
  await page.waitForFunction((before) => document.querySelectorAll("[data-testid=console-output] .typed").length > before
    && !document.querySelector(".typing[data-busy]"), before);
}

test("build, kill, look back, go another way, open a packet, compare and share without a pointer", { timeout: 420_000 }, () =>
  open({}, async (hands) => {
    const { page } = hands;
    await hands.ready();
    await reach(page, "[data-testid=bare-hosts]");
    await page.keyboard.press("Enter");
    await page.locator("[data-testid^=node-]").first().waitFor({ state: "detached" });
    await reach(page, "[data-testid=speed]");
    await page.keyboard.press("End");
    for (const [ix, [, address]] of HOSTS.entries()) {
      if (ix > 0) {
        await reach(page, ".tabs [role=tab][aria-selected=true]", "Shift+Tab");
        await page.keyboard.press("ArrowRight");
      }
      await line(hands, `for p in 6380 6381; do redis-server --bind ${address} --port $p --cluster-enabled yes --cluster-config-file n$p.conf --daemonize yes --protected-mode no; done`);
    }
    const all = HOSTS.flatMap(([, address]) => [6380, 6381].map((port) => `${address}:${port}`)).join(" ");
    await line(hands, `redis-cli --cluster create ${all} --cluster-replicas 1 --cluster-yes`);
    assert.match(await hands.screen(), /All 16384 slots covered/);
    await page.waitForFunction(() => document.querySelectorAll("[data-role=replica][data-health=ok]").length === 3);
    const master = await page.locator("[data-host=db03] [data-role=master]").first().getAttribute("data-testid");
    await hands.passes(5);

    await line(hands, `kill -9 $(ps -ef | grep '${master.slice(5)} ' | grep -v grep | awk '{print $2}')`);
    await page.locator("[data-testid=scrubber] [data-mark=mark-won]").waitFor({ state: "attached" });

    await reach(page, "#side-events", "Shift+Tab");
    await page.keyboard.press("ArrowRight");
    await page.getByTestId("letters").waitFor();
    await reach(page, "[data-testid=letters] button");
    await page.keyboard.press("Enter");
    await page.getByTestId("packet").waitFor();
    await page.keyboard.press("Escape");
    await page.getByTestId("packet").waitFor({ state: "detached" });
    await reach(page, "#side-letters", "Shift+Tab");
    await page.keyboard.press("ArrowRight");
    await page.locator("[data-testid=desk] [data-outcome=won]").waitFor();

    // Back to where the master died, and another way from there.
    await reach(page, "[data-testid=scrubber]");
    for (let i = 0; i < 80 && await page.locator(`[data-testid="${master}"][data-role=master]`).count() === 0; i++) {
      await page.keyboard.press("ArrowLeft");
      await page.getByTestId("past").waitFor();
    }
    await reach(page, INPUT);
    await page.keyboard.type("redis-cli -h 192.168.40.5 -p 6380 ping");
    await page.keyboard.press("Enter");
    await page.getByTestId("fork").waitFor();
    await page.keyboard.press("Enter");
    await page.getByTestId("endings").waitFor();
    await page.locator(`[data-testid="${master}"][data-role=master]`).waitFor();

    await reach(page, "[data-testid=twin]", "Shift+Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator("[data-testid=twin-summary][data-ready=true]").waitFor();
    await reach(page, "[data-testid=twin-end]");
    await page.keyboard.press("Enter");
    await page.getByTestId("stage-twin").waitFor({ state: "detached" });
    await reach(page, "[data-testid=share]", "Shift+Tab");
    await page.keyboard.press("Enter");
    await page.getByTestId("share-link").waitFor();
  }));
