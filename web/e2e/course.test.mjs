// What the page keeps of a learner: questions that come again, progress that can be carried away; and the ways out of
// a lesson and back.
import { readFileSync } from "node:fs";
import { test } from "node:test";
import assert from "node:assert/strict";
import { open, withBrowser } from "./harness.mjs";
import { begin, goOn, messages, solve } from "./learner.mjs";

withBrowser();

/// Lets the browser's calendar show what `localStorage` says, once the page is opened (again).
const dated = (page) => page.addInitScript(() => {
  const now = Number(localStorage.getItem("test.now"));
  if (now) Date.now = () => now;
});

/// It is that time from the next time that the page is opened.
async function at(page, when) {
  await page.page.evaluate((now) => localStorage.setItem("test.now", now), String(Date.parse(when)));
  await page.page.reload();
  await page.page.getByTestId("lesson-slots").waitFor();
}

/// The questions that the page asks today.
const asked = (page) => page.page.locator("[data-testid=cards] [data-card]")
  .evaluateAll((cards) => cards.map((card) => card.dataset.card).sort());

/// Answers a question of today.
async function answer(page, path, choice, solved) {
  const card = page.page.locator(`[data-card="${path}"]`);
  if (!(await card.isVisible())) await page.page.locator("[data-testid=cards] summary").click();
  await card.locator(`[data-choice="${choice}"]`).click();
  await card.locator(`[data-choice="${choice}"][data-right=${solved}]`).waitFor();
  // Whoever has answered may read why.
  await card.locator(".why").last().waitFor();
}

const ALL = ["slots.guess", "slots.limit", "slots.number"];
const RIGHT = { "slots.guess": "slot", "slots.limit": "shared", "slots.number": "n12182" };

test("a lesson's questions come again after one, three and seven days where the learner lives", { timeout: 300_000 }, () =>
  open({ timezoneId: "Asia/Shanghai", before: dated }, async (page) => {
    await page.page.evaluate((now) => localStorage.setItem("test.now", now), String(Date.parse("2026-03-02T07:50+08:00")));
    await page.page.reload();
    await solve(page, "slots");
    await page.page.getByTestId("lesson-close").click();
    assert.deepEqual(await asked(page), [], "nothing is asked on the day on which it was learnt");
    await at(page, "2026-03-02T23:50+08:00");
    assert.deepEqual(await asked(page), [], "midnight of another country is none");

    // The next day all come. One is answered wrong, and then right: it was not known.
    await at(page, "2026-03-03T00:10+08:00");
    assert.deepEqual(await asked(page), ALL);
    assert.match(await page.page.locator("[data-testid=cards] summary").innerText(), /3 questions/);
    await answer(page, "slots.limit", "keys", false);
    await answer(page, "slots.limit", "shared", true);
    for (const path of ["slots.guess", "slots.number"]) await answer(page, path, RIGHT[path], true);
    await at(page, "2026-03-03T20:00+08:00");
    assert.deepEqual(await asked(page), []);
    await at(page, "2026-03-04T09:00+08:00");
    assert.deepEqual(await asked(page), ["slots.limit"], "what was not known comes the next day");
    await answer(page, "slots.limit", "shared", true);

    // Three days after the first right answer.
    await at(page, "2026-03-05T23:00+08:00");
    assert.deepEqual(await asked(page), []);
    await at(page, "2026-03-06T01:00+08:00");
    assert.deepEqual(await asked(page), ["slots.guess", "slots.number"]);
    for (const path of ["slots.guess", "slots.number"]) await answer(page, path, RIGHT[path], true);
    // Seven after the second; the third one ends it.
    await at(page, "2026-03-12T12:00+08:00");
    assert.deepEqual(await asked(page), ["slots.limit"], "it waits until somebody answers");
    await at(page, "2026-03-13T12:00+08:00");
    assert.deepEqual(await asked(page), ALL);
    for (const path of ["slots.guess", "slots.number"]) await answer(page, path, RIGHT[path], true);
    await answer(page, "slots.limit", "shared", true);
    await at(page, "2027-01-01T12:00+08:00");
    assert.deepEqual(await asked(page), ["slots.limit"], "known three times is known");
  }));

test("an experiment is left as if it had never been", { timeout: 300_000 }, () =>
  open({}, async (page) => {
    const panel = page.page.getByTestId("lesson");
    await begin(page, "slots");
    await goOn(page);
    await panel.locator("[data-choice=slot]").click();
    await panel.locator("[data-choice=n12182]").click();
    await page.type("redis-cli -c -h 192.168.40.5 -p 6380 set foo bar");
    await panel.locator("[data-step=spread][data-state=current]").waitFor();
    const stood = await page.output.locator(".line").allTextContents();

    await page.page.getByTestId("lesson-experiment").click();
    await panel.locator(".experiment[data-on=true]").getByRole("status").waitFor();
    // What the step asks for: during an experiment it is not taken for an answer.
    for (const key of ["a", "b", "c"]) await page.expect(`redis-cli -c -h 192.168.40.5 -p 6380 set ${key} 1`, /^OK$/);
    await page.passes(1);
    assert.equal(await panel.locator("[data-check=everyone][data-verdict=met]").count(), 0);
    await panel.locator("[data-step=spread][data-state=current]").waitFor();
    await page.type("kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)");
    await page.sees("192.168.40.5:6380", { role: "none", health: "down" });

    await page.page.getByTestId("lesson-experiment").click();
    await page.sees("192.168.40.5:6380", { role: "master", health: "ok" });
    await panel.locator(".experiment[data-on=false]").waitFor();
    await panel.locator("[data-step=spread][data-state=current]").waitFor();
    assert.deepEqual((await page.output.locator(".line").allTextContents()).filter((line) => line.trim()), stood);
    await page.expect("redis-cli -c -h 192.168.40.5 -p 6380 get b", /^\(nil\)$/);
    await page.expect("redis-cli -c -h 192.168.40.5 -p 6380 get foo", /^"bar"$/);
    for (const key of ["b", "c"]) await page.type(`redis-cli -c -h 192.168.40.5 -p 6380 set ${key} 1`);
    await panel.locator("[data-step=limit][data-state=current]").waitFor();
  }));

test("progress goes from one browser to another as a file", { timeout: 300_000 }, async () => {
  let file;
  await open({ before: dated }, async (page) => {
    await page.page.evaluate((now) => localStorage.setItem("test.now", now), String(Date.parse("2026-03-02T12:00Z")));
    await page.page.reload();
    await solve(page, "slots");
    await page.page.getByTestId("lesson-close").click();
    await at(page, "2026-03-03T12:00Z");
    // What was answered a moment ago is in the file.
    for (const path of ALL) await answer(page, path, RIGHT[path], true);
    const coming = page.page.waitForEvent("download");
    await page.page.getByTestId("progress-export").click();
    const download = await coming;
    assert.equal(download.suggestedFilename(), "slotlab-progress.txt");
    file = readFileSync(await download.path());
  });
  const took = (page, name, buffer) =>
    page.page.getByTestId("progress-import").setInputFiles({ name, mimeType: "text/plain", buffer });
  await open({ before: dated }, async (page) => {
    await page.page.evaluate(() => localStorage.setItem("slotlab.lessons", "failover:solved"));
    await at(page, "2026-03-03T13:00Z");
    const done = page.page.locator(".course-done");
    assert.equal(await done.count(), 1);
    await took(page, "holiday.txt", Buffer.from("a list of shells\n"));
    await page.page.getByText("This is no progress file of Slotlab.").waitFor();
    await took(page, "large.txt", Buffer.alloc(70_000, "slotlab progress 1\n"));
    await page.page.getByText("This is no progress file of Slotlab.").waitFor();
    assert.equal(await done.count(), 1);
    await took(page, "slotlab-progress.txt", file);
    await page.page.getByText("Taken up.").waitFor();
    await page.page.getByTestId("lesson-slots").locator(".course-done").waitFor();
    assert.equal(await done.count(), 2, "what was here stays");
    assert.match(await page.page.getByTestId("course-progress").innerText(), /\b2\b/);
    assert.deepEqual(await asked(page), []);
    await at(page, "2026-03-06T13:00Z");
    assert.deepEqual(await asked(page), ALL, "the questions came along, with the day on which they come again");
  });
});

test("a lesson's terminals are fresh, whatever its setup did on the hosts", { timeout: 120_000 }, () =>
  open({ search: "?lang=en&lesson=live-reshard" }, async (page) => {
    await page.page.locator("[data-testid=lesson] [data-state=current]").waitFor();
    for (const host of ["db01", "db02", "db03"]) {
      await page.at(host);
      assert.equal((await page.output.innerText()).trim(), "");
      assert.match(await page.page.locator(".typing").innerText(), new RegExp(`^\\[root@${host} ~\\]#`));
    }
  }));

for (const lang of ["en", "zh-CN"]) {
  for (const width of [390, 1440]) {
    test(`a term explains itself to the keyboard, in the panel (${lang}, ${width} px)`, { timeout: 120_000 }, () =>
      open({ search: `?lang=${lang}&lesson=slots`, shows: "lesson", viewport: { width, height: 844 } }, async (page) => {
        const panel = page.page.getByTestId("lesson");
        await panel.locator("[data-state=current]").waitFor();
        assert.ok(await panel.isVisible(), "a link to a lesson shows the lesson");
        assert.ok(await panel.getByRole("heading", { name: messages("slots", lang).title }).isVisible());
        const terms = await panel.locator(".term").count();
        assert.ok(terms > 3);
        await panel.locator(".lesson-top button").focus();
        for (let seen = 0, presses = 0; seen < terms; presses++) {
          assert.ok(presses < 60, "Tab does not lead to every term");
          await page.page.keyboard.press("Tab");
          const term = panel.locator(".term:focus");
          if (!(await term.count())) continue;
          seen++;
          const meaning = term.getByRole("tooltip");
          assert.ok(await meaning.isVisible());
          const [around, box] = [await panel.boundingBox(), await meaning.boundingBox()];
          assert.ok(box.x >= around.x && box.x + box.width <= around.x + around.width, `${await term.innerText()}: cut off at the side`);
          assert.ok(box.y >= around.y && box.y + box.height <= around.y + around.height, `${await term.innerText()}: cut off`);
          if (seen === 1) {
            await page.page.keyboard.press("Escape");
            assert.ok(!(await meaning.isVisible()), "Escape puts it away");
            assert.equal(await panel.locator(".term:focus").count(), 1);
          }
        }
      }));
  }
}
