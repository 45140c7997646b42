// A run is given away: as a file when it is too long for a link, as a page that works from disk, and to
// whoever opens the site with words in its address.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "node:test";
import assert from "node:assert/strict";
import { open, withBrowser } from "./harness.mjs";

withBrowser();

const folder = mkdtempSync(join(tmpdir(), "slotlab-"));

/// Presses what saves a file, and gives the file's path.
async function saved(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  const path = join(folder, `${Date.now()}-${download.suggestedFilename()}`);
  await download.saveAs(path);
  return path;
}

const stand = async ({ page }) => {
  await page.getByTestId("play").click();
  await page.locator("[data-testid=play][aria-pressed=false]").waitFor();
};

test("a run too long for a link is a file, which opens from the dialogue and when it is dropped", { timeout: 300_000 }, async () => {
  let path;
  let clock;
  await open({}, async (hands) => {
    const { page } = hands;
    await hands.ready();
    // Words that do not get shorter: thirty lines of them are more than six kilobytes.
    await hands.input.evaluate((field) => {
      let seed = 7;
      const word = () => Array.from({ length: 300 }, () => String.fromCharCode(33 + (seed = seed * 48271 % 2147483647) % 90))
        .join("").replace(/['"\\`$&|;<>(){}#!*?\[\]~]/g, "x");
      const lines = Array.from({ length: 30 }, () => `echo ${word()}`).join("\n");
      const data = new DataTransfer();
      data.setData("text/plain", `${lines}\nredis-cli -c -h 192.168.40.5 -p 6380 set foo filed\n`);
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    });
    await page.getByTestId("console-output").getByText(/^OK$/).waitFor();
    await stand(hands);
    clock = await page.locator("time.clock").innerText();
    await page.getByTestId("share").click();
    assert.equal(await page.getByTestId("share-link").count(), 0);
    path = await saved(page, page.getByRole("link", { name: "Save the file" }));
  });
  const same = async (hands) => {
    await hands.page.getByTestId("console-output").getByText(/set foo filed/).waitFor();
    await hands.ready();
    assert.equal(await hands.page.locator("time.clock").innerText(), clock);
    assert.equal(await hands.page.getByTestId("notice").count(), 0, "the same to the digest");
  };
  await open({}, async (hands) => {
    const { page } = hands;
    await hands.ready();
    await page.getByTestId("scenario").click();
    await page.locator("[data-scenario=own]").click();
    await page.locator(".dialog input[type=file]").setInputFiles(path);
    await page.waitForFunction(() => document.querySelector("[data-testid=own-text]").value.startsWith("slotlab "));
    await page.getByTestId("own-build").click();
    await same(hands);
  });
  await open({}, async (hands) => {
    const { readFileSync } = await import("node:fs");
    await hands.ready();
    await hands.page.evaluate((text) => {
      const data = new DataTransfer();
      data.items.add(new File([text], "slotlab-world.txt", { type: "text/plain" }));
      document.querySelector(".app").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }, readFileSync(path, "utf8"));
    await same(hands);
  });
});

test("a page saved as one file works from disk, with the run inside and without a network", { timeout: 300_000 }, async () => {
  let path;
  let clock;
  await open({}, async (hands) => {
    const { page } = hands;
    await hands.ready();
    await hands.type("redis-cli -c -h 192.168.40.5 -p 6380 set foo 'from disk'");
    await stand(hands);
    clock = await page.locator("time.clock").innerText();
    await page.getByTestId("share").click();
    path = await saved(page, page.getByTestId("share-page"));
  });
  const asked = [];
  const before = async (page) => {
    await page.context().setOffline(true);
    page.on("request", (request) => /^(data|blob|file):/.test(request.url()) || asked.push(request.url()));
  };
  await open({ address: `${pathToFileURL(path)}?lang=en&theme=light`, before }, async (hands) => {
    const { page } = hands;
    await page.getByTestId("console-output").getByText(/from disk/).waitFor();
    await hands.ready();
    assert.equal(await page.locator("time.clock").innerText(), clock);
    assert.equal(await page.getByTestId("notice").count(), 0, "the same to the digest");
    await page.getByTestId("play").click();
    await hands.expect("redis-cli -c -h 192.168.40.5 -p 6380 get foo", /"from disk"/);
    assert.ok(await page.evaluate(() => [...document.fonts].some((f) => f.family.includes("Inter") && f.status === "loaded")));
    await page.getByTestId("lesson-slots").click();
    await page.getByTestId("lesson").locator("[data-state=current]").waitFor();
  });
  assert.deepEqual(asked, [], "nothing is asked of a network");
});

test("a run that another engine made says what differs, and opens as it had ended", { timeout: 240_000 }, async () => {
  let link;
  await open({}, async (hands) => {
    await hands.ready();
    await hands.type("redis-cli -c -h 192.168.40.5 -p 6380 set foo bar");
    await stand(hands);
    await hands.page.getByTestId("share").click();
    const made = await hands.page.evaluate(async () => {
      const href = document.querySelector("[data-testid=share-link]").value;
      return href.slice(href.indexOf("#"));
    });
    link = made;
  });
  // As if an engine of another version had written it: its author saw db01's master dead and its heir promoted.
  const text = unpack(link.slice(3)).replace(/^slotlab 2 \S+( \S+ \S+ \S+ \S+) \S+/, "slotlab 2 0.0.1$1 00000000deadbeef")
    .replace(/^(192\.168\.40\.5:6380) m - (\d+) (\d+) (\S+)$/m, "$1 M - $2 $3 -")
    .replace(/^(192\.168\.40\.2:6381) r \d+ \d+ (\d+) -$/m, "$1 m - 7 $2 0-5461");
  const hash = `#w=p${Buffer.from(text).toString("base64url")}`;
  await open({ search: `?lang=en${hash}` }, async (hands) => {
    const { page } = hands;
    await hands.ready();
    const notice = page.getByTestId("notice");
    await notice.getByText(/another version of the engine/).waitFor();
    const told = await notice.getByTestId("unlike").innerText();
    assert.match(told, /192\.168\.40\.5:6380 down → master 0–5461/);
    assert.match(told, /192\.168\.40\.2:6381 master 0–5461.* → replica/);
    await page.getByTestId("open-end").click();
    await hands.sees("192.168.40.2:6381", { role: "master" });
    await hands.sees("192.168.40.1:6380", { role: "master", health: "ok" });
  });
});

/// What stands in a link: LZF, or plain.
function unpack(letters) {
  const bytes = Buffer.from(letters.slice(1), "base64url");
  if (letters[0] === "p") return bytes.toString();
  const out = [];
  for (let i = 0; i < bytes.length;) {
    const head = bytes[i++];
    if (head < 32) {
      for (let n = 0; n <= head; n++) out.push(bytes[i++]);
      continue;
    }
    let many = head >> 5;
    if (many === 7) many += bytes[i++];
    const from = out.length - (((head & 31) << 8) | bytes[i++]) - 1;
    for (let n = 0; n < many + 2; n++) out.push(out[from + n]);
  }
  return Buffer.from(out).toString();
}

test("the address chooses seed, language, theme, motion and a frame without a top bar", { timeout: 180_000 }, async () => {
  await open({ search: "?embed=1&lang=zh-CN&theme=light&motion=reduce&seed=42" }, async ({ page }) => {
    const root = await page.evaluate(() => ({ ...document.documentElement.dataset, lang: document.documentElement.lang }));
    assert.deepEqual([root.lang, root.theme, root.motion, root.embed], ["zh-CN", "light", "reduce", ""]);
    assert.equal(await page.locator(".topbar").isVisible(), false);
    assert.equal(await page.getByTestId("lesson").isVisible(), false);
    assert.equal(await page.getByTestId("stage").isVisible(), true);
    assert.equal(await page.getByTestId("console-input").isVisible(), true);
  });
  await open({ search: "?embed=1&lang=en&lesson=slots" }, async ({ page }) => {
    await page.getByTestId("lesson").locator("[data-state=current]").waitFor();
    assert.equal(await page.locator(".topbar").isVisible(), false);
  });
  // Another seed is another world, and the same seed the same one.
  const id = (seed) => new Promise((found, failed) => open({ search: `?lang=en&seed=${seed}` }, async (hands) => {
    await hands.ready();
    await hands.page.getByText(`seed ${seed}`).waitFor();
    found(await hands.type("redis-cli -h 192.168.40.5 -p 6380 cluster myid"));
  }).catch(failed));
  const [one, again, other] = [await id(42), await id(42), await id(43)];
  assert.equal(one, again);
  assert.notEqual(one, other);
});
