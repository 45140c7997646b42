// A lesson walked by somebody who neither sees the page nor has a pointer: Tab leads from one thing to the next, and
// what is there is known by the role and the name that a screen reader is told.
import { readFileSync } from "node:fs";
import { test } from "node:test";
import assert from "node:assert/strict";
import { open, withBrowser } from "./harness.mjs";

withBrowser();

/// The messages of the lesson, as plain words.
function messages(lesson, lang) {
  const file = readFileSync(new URL(`../../lessons/content/${lesson}/${lang}.md`, import.meta.url), "utf8");
  const parts = file.split(/^# /m).slice(1).map((part) => part.match(/^(.*)\n\n?([^]*)$/).slice(1));
  return Object.fromEntries(parts.map(([id, words]) => [id.trim(), words.trim().replace(/[`*]/g, "").replace(/(?<=[\u2e80-\uffff])\n/g, "").replace(/\s+/g, " ")]));
}

/// What the page itself says, from its catalogue.
function says(lang, key) {
  const file = readFileSync(new URL(`../i18n/${lang}.ftl`, import.meta.url), "utf8");
  return file.match(new RegExp(`^${key} = (.*)$`, "m"))[1];
}

/// Tab, or back, until the focus is on what has this role and name.
async function reach(page, role, name, key = "Tab") {
  const wanted = page.getByRole(role, { name, exact: typeof name === "string" }).and(page.locator(":focus"));
  for (let i = 0; i < 200; i++) {
    if (await wanted.count()) return;
    await page.keyboard.press(key);
  }
  assert.fail(`${key} never leads to the ${role} ${name}`);
}

async function press(page, role, name) {
  await reach(page, role, name);
  await page.keyboard.press("Enter");
}

/// Types a line at the prompt.
async function line(page, lang, text) {
  await reach(page, "textbox", says(lang, "console-input-name"));
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
}

/// What the live regions say, as Chromium's own accessibility tree has it.
async function said(cdp) {
  const { nodes } = await cdp.send("Accessibility.getFullAXTree");
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const words = (node) => node.role?.value === "StaticText"
    ? [node.name?.value ?? ""]
    : (node.childIds ?? []).flatMap((id) => byId.has(id) ? words(byId.get(id)) : []);
  return nodes.filter((node) => !node.ignored && node.role?.value === "status").map((node) => words(node).join(""));
}

/// Where lines and elements meet there may be a blank or none.
const bare = (words) => words.replace(/\s+/g, "");

/// Waits until a live region has said so.
async function hears(cdp, words) {
  const end = Date.now() + 60_000;
  let last;
  do {
    last = await said(cdp);
    if (last.some((text) => bare(text).includes(bare(words)))) return;
  } while (Date.now() < end);
  assert.fail(`nobody says: ${words}\nbut: ${last.join("\n")}`);
}

for (const lang of ["en", "zh-CN"]) {
  test(`a lesson by keyboard and the screen reader's tree alone (${lang})`, { timeout: 240_000 }, () =>
    open({ search: `?lang=${lang}` }, async ({ page }) => {
      const words = messages("slots", lang);
      const cdp = await page.context().newCDPSession(page);
      const title = readFileSync(new URL(`../../lessons/content/slots/${lang}.md`, import.meta.url), "utf8").match(/^title = "(.*)"$/m)[1];
      await page.getByRole("status").filter({ hasText: says(lang, "founding") }).waitFor({ state: "detached" });
      await press(page, "button", new RegExp(title));
      await page.getByRole("heading", { name: words["question.title"] }).waitFor();
      await press(page, "button", says(lang, "lesson-continue"));
      await hears(cdp, words["guess.title"]);

      // A wrong prediction stays, and its answer is said; a wrong answer to a question may be mended.
      await press(page, "button", words["guess.ring"]);
      await hears(cdp, words["guess.ring.why"]);
      assert.equal(await page.getByRole("button", { name: words["guess.slot"], exact: true }).isDisabled(), true);
      await press(page, "button", words["number.n5061"]);
      await hears(cdp, words["number.n5061.why"]);
      await press(page, "button", words["number.n12182"]);
      await hears(cdp, words["store.title"]);

      // At the wrong node nothing is stored and nothing is praised; at the right one the verdict comes at once.
      await line(page, lang, "redis-cli -h 192.168.40.5 -p 6380 set foo bar");
      await page.getByRole("log").getByText("MOVED 12182").first().waitFor();
      const met = words["store.stored.met"];
      assert.ok(!(await said(cdp)).some((text) => bare(text).includes(bare(met))), "praised for nothing");
      await page.evaluate((met) => {
        const mark = window.verdict = {};
        const says = (role, words) => [...document.querySelectorAll(`[role=${role}]`)]
          .some((region) => region.textContent.replace(/\s+/g, "").includes(words));
        const look = () => {
          const now = performance.now();
          if ([...document.querySelectorAll("[role=log] > *")].some((line) => line.textContent === "OK")) mark.back ??= now;
          if (says("status", met)) mark.met ??= now;
        };
        new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
      }, bare(met));
      await line(page, lang, "redis-cli -h 192.168.40.2 -p 6380 set foo bar");
      await hears(cdp, met);
      await hears(cdp, words["spread.title"]);
      const { back, met: praised } = await page.evaluate(() => window.verdict);
      assert.ok(praised - back < 100, `the verdict came ${praised - back} ms after the answer`);

      await line(page, lang, "redis-cli -h 192.168.40.5 -p 6380 set hello 1");
      await line(page, lang, "redis-cli -h 192.168.40.1 -p 6380 rpush c 1 2 3");
      await hears(cdp, words["spread.everyone.met"]);
      await hears(cdp, words["limit.title"]);
      await press(page, "button", words["limit.keys"]);
      await hears(cdp, words["limit.keys.why"]);
      await press(page, "button", words["limit.shared"]);
      await hears(cdp, words["sum.title"]);
      await press(page, "button", says(lang, "lesson-continue"));
      await hears(cdp, says(lang, "lesson-solved"));
      await hears(cdp, words.debrief);
    }));
}
