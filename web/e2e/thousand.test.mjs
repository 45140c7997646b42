// A thousand nodes: the stage is a map that keys walk over, the console answers, a master is killed and its
// replica takes over where everybody sees it.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open, violations, withBrowser } from "./harness.mjs";

withBrowser();

/// The first master, on db01, and its replica, on db02.
const MASTER = "192.168.40.5:7000";
const REPLICA = "192.168.40.1:7010";

test("a thousand nodes on a map: asked by typing, walked by keyboard, and a failover in sight", { timeout: 240_000 }, () =>
  open({}, async (hands) => {
    const { page } = hands;
    await hands.ready();
    await page.getByTestId("scenario").click();
    await page.locator("[data-scenario=thousand]").click();
    await page.locator(".app[data-ready=false]").waitFor();
    await page.locator(".app[data-ready=true]").waitFor({ timeout: 120_000 });
    await page.locator("[data-testid=map][data-nodes='1000']").waitFor();
    await hands.expect("redis-cli -h 192.168.40.5 -p 7000 cluster info", /cluster_known_nodes:1000\b/);
    const sum = (name, many) => page.locator(`[data-sum=${name}][data-many="${many}"]`).waitFor();
    await sum("masters", 500);
    await sum("replicas", 500);

    // Far fewer elements than nodes, and none for the million beliefs.
    const elements = await page.evaluate(() => document.querySelectorAll(".stage *").length);
    assert.ok(elements < 1000, `${elements} elements on the stage`);

    // By keyboard alone: two hosts on, three nodes to the right, and open.
    const field = page.getByTestId("map-field");
    await field.focus();
    for (const key of ["Home", "PageDown", "PageDown", "ArrowRight", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
    await page.locator("[data-testid=map-field][aria-valuetext^='db03:7003']").waitFor();
    await page.keyboard.press("Enter");
    await page.getByTestId("inspector").getByRole("heading", { name: "db03:7003" }).waitFor();
    assert.deepEqual(await violations(page), []);

    // A host opens as the card that it is elsewhere: its name is clicked, or it is chosen from the list.
    await field.hover({ position: { x: 40, y: 24 } });
    await page.locator("[data-testid=map-words]", { hasText: "db01:7002" }).waitFor();
    await field.click({ position: { x: 20, y: 8 } });
    await page.getByTestId("node-192.168.40.5:7003").waitFor();
    await page.getByTestId("map-host").selectOption({ label: "db02 · 192.168.40.1" });
    await hands.sees(REPLICA, { role: "replica", health: "ok" });

    // Fifteen virtual seconds of silence are minutes here: the replica is told to stand at once. Most of
    // five hundred masters vote for it.
    await hands.type("kill -9 $(cat /opt/redis_cluster/redis_7000/pid/redis_7000.pid)");
    await page.locator(`[data-testid=map-trouble] [data-trouble="${MASTER}"][data-health=down]`).waitFor();
    await hands.expect("redis-cli -h 192.168.40.1 -p 7010 cluster failover force", /OK/);
    await hands.sees(REPLICA, { role: "master", health: "ok" });
    await sum("masters", 500);
    await hands.expect("redis-cli -c -h 192.168.40.5 -p 7001 set foo bar", /OK/);
    assert.deepEqual(await violations(page), []);
  }));
