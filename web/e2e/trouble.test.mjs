// Bad input, and a browser that refuses: each a clear message, and nothing that was done is lost.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open, withBrowser } from "./harness.mjs";

withBrowser();

const SET = "redis-cli -c -h 192.168.40.5 -p 6380 set foo kept";

/// What was done before is still there.
async function kept(hands) {
  await hands.expect("redis-cli -c -h 192.168.40.5 -p 6380 get foo", /"kept"/);
}

/// A file falls on the page.
async function dropped(page, name, text) {
  await page.evaluate(([name, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name, { type: "text/plain" }));
    document.querySelector(".app").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  }, [name, text]);
}

test("broken and future links and foreign files say what they are, and the run goes on", { timeout: 240_000 }, () =>
  open({}, async (hands) => {
    const { page } = hands;
    await hands.ready();
    await hands.type(SET);
    const notice = page.getByTestId("notice");
    const gone = async () => {
      await notice.getByRole("button", { name: "Close" }).click();
      await notice.waitFor({ state: "detached" });
    };
    await page.evaluate(() => { location.hash = "#w=zAAAA"; });
    await notice.getByText(/broken/).waitFor();
    await gone();
    // "slotlab 3 …" as plain text: a format that does not exist yet.
    await page.evaluate(() => { location.hash = `#w=p${btoa("slotlab 3 9.9.9 what may come").replaceAll("=", "")}`; });
    await notice.getByText(/newer Slotlab/).waitFor();
    await gone();
    await dropped(page, "holiday.txt", "sand and sea\n".repeat(50));
    await notice.getByText(/neither a run/).waitFor();
    await gone();
    await dropped(page, "huge.bin", "x".repeat(50_000_000));
    await notice.getByText(/neither a run/).waitFor();
    await gone();
    await dropped(page, "old.txt", "slotlab 2 0.1.0 six 1\n");
    await notice.getByText(/broken/).waitFor();
    await gone();
    await kept(hands);
    // Fifty megabytes at the prompt are no line.
    await hands.input.evaluate((field) => {
      const data = new DataTransfer();
      data.setData("text/plain", "x".repeat(50_000_000));
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    });
    await notice.getByText(/more than a console takes/).waitFor();
    await gone();
    await kept(hands);
  }));

test("another world takes the place of a run, and undo brings the run back", { timeout: 240_000 }, () =>
  open({}, async (hands) => {
    const { page } = hands;
    await hands.ready();
    await hands.type(SET);
    await hands.bareHosts();
    await page.getByTestId("undo").click();
    await hands.sees("192.168.40.5:6380", { role: "master", health: "ok" });
    await page.getByTestId("play").click();
    await kept(hands);
  }));

test("when everything is dead the page says what is left, and undo brings it back", { timeout: 240_000 }, () =>
  open({}, async (hands) => {
    const { page } = hands;
    await hands.ready();
    for (const host of ["db01", "db02", "db03"]) {
      await hands.at(host);
      await hands.type("pkill -9 redis-server");
    }
    await page.getByTestId("all-dead").waitFor();
    assert.equal(await page.getByTestId("slot-map").getAttribute("data-covered"), "0");
    await page.getByTestId("undo").click();
    await page.getByTestId("all-dead").waitFor({ state: "detached" });
  }));

/// A browser whose storage answers so.
const STORAGE = {
  "forbidden": () => Object.defineProperty(window, "localStorage", {
    get() { throw new DOMException("denied", "SecurityError"); },
  }),
  "full": () => { Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }; },
};

for (const [how, script] of Object.entries(STORAGE)) {
  test(`with storage ${how} a finished lesson counts as long as the page is open, and that is said`, { timeout: 240_000 }, () =>
    open({ before: (page) => page.addInitScript(script) }, async (hands) => {
      const { page } = hands;
      await hands.ready();
      const buffer = Buffer.from("slotlab progress 1\nlessons slots:solved\n");
      await page.getByTestId("progress-import").setInputFiles({ name: "mine.txt", mimeType: "text/plain", buffer });
      await page.getByTestId("notice").getByText(/keeps nothing/).waitFor();
      await page.getByTestId("notice").getByRole("button", { name: "Close" }).click();
      await page.getByTestId("lesson-slots").click();
      await page.getByTestId("lesson-close").click();
      await page.getByTestId("course-progress").getByText(/^1 of/).waitFor();
    }));
}

test("a module that cannot be loaded leaves a message in both languages", { timeout: 120_000 }, async () => {
  for (const refuse of [(route) => route.abort(), (route) => route.fulfill({ body: "no wasm", contentType: "application/wasm" })]) {
    for (const [lang, words] of [["en", /could not start/], ["zh-CN", /无法启动/]]) {
      await open({ search: `?lang=${lang}`, broken: true, before: (page) => page.route(/\.wasm$/, refuse) }, async ({ page }) => {
        await page.locator("#boot[data-failed]").waitFor();
        assert.match(await page.locator("#boot .boot-failed").innerText(), words);
      });
    }
  }
});
