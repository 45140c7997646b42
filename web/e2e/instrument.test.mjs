// The instrument: time goes back and another way, packets open to the byte, faults are commands, one's own
// cluster is rehearsed, a link gives the same world.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open, url, withBrowser } from "./harness.mjs";

withBrowser();

const KILL = "kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)";
const HEIR = "192.168.40.2:6381";

/// Kills db01's master and waits for its heir.
async function failover(hands) {
  await hands.ready();
  await hands.hurry();
  await hands.type(KILL);
  await hands.sees(HEIR, { role: "master", health: "ok" });
}

test("a master dies, the desk tells who voted; back before it, the other ending is another", { timeout: 240_000 }, () =>
  open({}, async (hands) => {
    const { page } = hands;
    await failover(hands);
    await page.getByRole("tab", { name: "Elections" }).click();
    await page.locator("[data-testid=desk] [data-outcome=won]").waitFor();
    assert.match(await page.getByTestId("desk").innerText(), /2 of 2 votes/);
    await page.locator("[data-testid=scrubber] [data-mark=mark-won]").waitFor({ state: "attached" });

    await page.getByTestId("scrubber").focus();
    await page.keyboard.press("Home");
    await page.getByTestId("past").waitFor();
    await hands.sees("192.168.40.5:6380", { role: "master", health: "ok" });
    // Another way from here: the replica is frozen instead.
    await hands.at("db03");
    await hands.input.fill("kill -STOP $(cat /opt/redis_cluster/redis_6381/pid/redis_6381.pid)");
    await hands.input.press("Enter");
    await page.getByTestId("fork-keep").click();
    await page.getByTestId("endings").waitFor();
    await page.getByTestId("play").click();
    await hands.sees("192.168.40.2:6381", { role: "replica", health: "fail" }).catch(() =>
      hands.sees("192.168.40.2:6381", { role: "replica", health: "pfail" }));
    await hands.sees("192.168.40.5:6380", { role: "master", health: "ok" });
    await page.getByRole("button", { name: "Ending 1" }).click();
    await hands.sees(HEIR, { role: "master", health: "ok" });
  }));

test("undo takes back the last line that changed something", { timeout: 180_000 }, () =>
  open({}, async (hands) => {
    const { page } = hands;
    await hands.ready();
    await hands.type("redis-cli -c -h 192.168.40.5 -p 6380 set foo one");
    await hands.type(KILL);
    await hands.sees("192.168.40.5:6380", { role: "none", health: "down" });
    await hands.type("ps -ef | grep redis");
    await page.getByTestId("undo").click();
    await hands.sees("192.168.40.5:6380", { role: "master", health: "ok" });
    await hands.expect("redis-cli -c -h 192.168.40.5 -p 6380 get foo", /one/);
  }));

test("a FAIL packet opens to its bytes", { timeout: 240_000 }, () =>
  open({}, async (hands) => {
    const { page } = hands;
    await failover(hands);
    await page.getByRole("tab", { name: "Packets" }).click();
    await page.getByTestId("letters").getByRole("button", { name: /FAIL db01:6380/ }).first().click();
    const fields = page.getByTestId("fields");
    await fields.waitFor();
    assert.match(await fields.innerText(), /0\s+sig\s+RCmb/);
    await fields.getByRole("button", { name: /fail\.nodename/ }).click();
    const dead = (await fields.locator("[aria-expanded=true] .field-value").innerText()).trim();
    assert.match(dead, /^[0-9a-f]{40}$/);
    assert.equal((await page.locator("[data-testid=dump] .on").count()), 40);
    assert.equal(await page.getByTestId("play").getAttribute("aria-pressed"), "false", "reading pauses");
    await page.keyboard.press("Escape");
    await page.getByTestId("packet").waitFor({ state: "detached" });
  }));

test("a cable is cut from its menu, as the command that it is", { timeout: 180_000 }, () =>
  open({}, async (hands) => {
    const { page } = hands;
    await hands.ready();
    const host = page.locator("[data-host=db01]");
    await host.locator("summary").click();
    await host.getByRole("button", { name: /net cut db01 db02/ }).click();
    await host.locator(".way[data-cut]").waitFor();
    assert.match(await hands.screen(), /net cut db01 db02/);
  }));

const OWN = [
  "9ab7887766fb733ea9ba8b9077c493a604e8eaf4 10.1.0.3:7000@17000 master - 0 1655214041555 3 connected 10923-16383",
  "8787c7146d996e1a9721cce8d7f0191a01a7df27 10.1.0.2:7001@17001 slave a5a381d1196111efaa97519b450b150487524245 0 0 5 connected",
  "a5a381d1196111efaa97519b450b150487524245 10.1.0.1:7000@17000 myself,master - 0 0 5 connected 0-5461",
  "7094c6f0782084271a2705a2bfdd99a7780cd0d1 10.1.0.2:7000@17000 master - 0 0 1 connected 5462-10922",
];

test("one's own cluster is built from its CLUSTER NODES, and loses a host; garbage is explained", { timeout: 240_000 }, () =>
  open({}, async (hands) => {
    const { page } = hands;
    await hands.ready();
    await page.getByTestId("scenario").click();
    await page.locator("[data-scenario=own]").click();
    await page.getByTestId("own-text").fill(`${OWN[0]}\nhello there\n${OWN[1].replace("7001@", "x@")}`);
    await page.getByTestId("own-build").click();
    const troubles = await page.getByTestId("own-troubles").innerText();
    assert.match(troubles, /Line 2:.*eight words/);
    assert.match(troubles, /Line 3:.*no address/);
    // Fifty megabytes never reach the field.
    await page.getByTestId("own-text").evaluate((field) => {
      const data = new DataTransfer();
      data.setData("text/plain", "x".repeat(50_000_000));
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    });
    await page.getByTestId("own-troubles").getByText(/50\.0 MB/).waitFor();
    await page.getByTestId("own-text").fill(OWN.join("\n"));
    await page.getByTestId("own-build").click();
    await hands.sees("10.1.0.1:7000", { role: "master", health: "ok" });
    await hands.ready();
    await hands.hurry();
    await hands.type("pkill -9 redis-server");
    await hands.sees("10.1.0.2:7001", { role: "master", health: "ok" });
  }));

test("a link gives the same world in a fresh profile; a broken one says so", { timeout: 240_000 }, async () => {
  let link;
  let clock;
  await open({}, async (hands) => {
    const { page } = hands;
    await hands.ready();
    await hands.type("redis-cli -c -h 192.168.40.5 -p 6380 set foo shared");
    await hands.type(KILL);
    await hands.sees("192.168.40.5:6380", { role: "none", health: "down" });
    await page.getByTestId("play").click();
    await page.locator("[data-testid=play][aria-pressed=false]").waitFor();
    clock = await page.locator("time.clock").innerText();
    await page.getByTestId("share").click();
    link = await page.getByTestId("share-link").inputValue();
  });
  assert.ok(link.startsWith(url) && link.includes("#w="), link);
  await open({ search: link.slice(url.length) }, async (hands) => {
    await hands.sees("192.168.40.5:6380", { role: "none", health: "down" });
    await hands.ready();
    assert.equal(await hands.page.locator("time.clock").innerText(), clock);
    assert.equal(await hands.page.getByTestId("notice").count(), 0, "the same to the digest");
    assert.match(await hands.screen(), /set foo shared\nOK/);
  });
  await open({ search: "?lang=en#w=zAAAA" }, async (hands) => {
    await hands.page.getByTestId("notice").getByText(/broken/).waitFor();
    await hands.ready();
  });
});
