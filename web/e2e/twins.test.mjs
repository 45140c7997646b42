// Two worlds side by side: one seed, one console, one thing changed; and what comes of it.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open, withBrowser } from "./harness.mjs";

withBrowser();

const KILL = "kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)";

/// Puts a twin beside the world, by keyboard, and waits until it stands at the same instant.
async function compare({ page }, knob) {
  await page.getByTestId("twin").focus();
  await page.keyboard.press("Enter");
  await page.locator(`[data-knob=${knob}]`).focus();
  await page.keyboard.press("Enter");
  await page.locator("[data-testid=twin-summary][data-ready=true]").waitFor();
}

/// A node's card in the second world.
const there = (page, address, claims) => page.locator(`[data-testid=stage-twin] [data-testid="node-${address}"]${claims}`);

test("a shorter node timeout: the twin has elected while the first world still waits", { timeout: 240_000 }, () =>
  open({}, async (hands) => {
    const { page } = hands;
    await hands.ready();
    // What was done before the twin began is done again in it.
    await hands.type("redis-cli -c -h 192.168.40.5 -p 6380 set foo early");
    await compare(hands, "timeout-5");
    await page.getByTestId("twin-summary").getByText(/same/).waitFor();
    await hands.type(KILL);
    await there(page, "192.168.40.2:6381", "[data-role=master][data-health=ok]").waitFor();
    await page.getByTestId("play").click();
    const first = page.locator("[data-testid=stage]");
    assert.equal(await first.getByTestId("node-192.168.40.2:6381").getAttribute("data-role"), "replica");
    assert.equal(await first.locator("[data-differs]").count() > 0, true, "the node stands out");
    assert.equal(await page.getByTestId("twin-summary").getAttribute("data-slots"), "5462");
    await page.locator("[data-testid=differ-slots]").getByText("0–5461").waitFor();
    await page.locator("[data-testid=differ-moments] [data-event=event-won][data-only=b]").waitFor();
    await page.locator("[data-testid=twin-lane] [data-mark=mark-won]").waitFor({ state: "attached" });

    // A node of the second world is looked at as it is there; the same node of the first as it is here.
    const inspector = page.getByTestId("inspector");
    await there(page, "192.168.40.2:6381", "").click();
    await page.locator("[data-testid=inspector][data-world=B]").waitFor();
    assert.match(await inspector.locator("pre").textContent(), /myself,master .* 0-5461/);
    assert.equal(await there(page, "192.168.40.2:6381", "").getAttribute("aria-pressed"), "true");
    assert.equal(await first.getByTestId("node-192.168.40.2:6381").getAttribute("aria-pressed"), "false");
    await first.getByTestId("node-192.168.40.2:6381").click();
    await page.locator("[data-testid=inspector][data-world=A]").waitFor();
    assert.match(await inspector.locator("pre").textContent(), /myself,slave /);
    await first.getByTestId("node-192.168.40.2:6381").click();
    await inspector.waitFor({ state: "detached" });

    // One console feeds both, and shows whose answers one wants. In the first world nobody serves the slot.
    await page.getByTestId("play").click();
    await page.locator("[data-world=B]").click();
    await hands.until("redis-cli -c -h 192.168.40.1 -p 6380 get {foo}1", /nil/);

    // The past is the past of both.
    await page.getByTestId("scrubber").focus();
    await page.keyboard.press("Home");
    await page.getByTestId("past").waitFor();
    await there(page, "192.168.40.5:6380", "[data-role=master][data-health=ok]").waitFor();
    await page.keyboard.press("End");
    await there(page, "192.168.40.2:6381", "[data-role=master]").waitFor();

    await page.getByTestId("twin-end").click();
    await page.getByTestId("stage-twin").waitFor({ state: "detached" });
    await hands.sees("192.168.40.5:6380", { role: "none", health: "down" });
  }));

test("without replicas the slots of a dead master stay without an owner; undo brings both worlds back", { timeout: 240_000 }, () =>
  open({ viewport: { width: 390, height: 900 } }, async (hands) => {
    const { page } = hands;
    await hands.ready();
    await compare(hands, "replicas-0");
    assert.equal(await page.locator("[data-testid=stage-twin] [data-testid^=node-]").count(), 3);
    const [a, b] = await Promise.all(["stage", "stage-twin"].map((id) => page.getByTestId(id).boundingBox()));
    assert.ok(b.y >= a.y + a.height, "one under the other");
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    await hands.hurry();
    await page.locator(".phone-tabs [data-pane=console]").click();
    await hands.type(KILL);
    await page.locator(".phone-tabs [data-pane=stage]").click();
    await page.locator("[data-testid=stage] [data-testid='node-192.168.40.2:6381'][data-role=master]").waitFor();
    const served = page.locator("[data-testid=differ] [data-figure=differ-served] td");
    await page.waitForFunction(() => document.querySelectorAll("[data-figure=differ-served] td")[2].textContent === "10922");
    assert.equal(await served.nth(1).textContent(), "16384");
    await page.getByTestId("undo").click();
    await there(page, "192.168.40.5:6380", "[data-role=master][data-health=ok]").waitFor();
    await page.locator("[data-testid=twin-summary][data-ready=true]").waitFor();
  }));
