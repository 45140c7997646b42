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

const NAMES = {
  en: { go: "Continue", prompt: "Type a command for this host" },
  "zh-CN": { go: "继续", prompt: "在这台主机上输入命令" },
};

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
  await reach(page, "textbox", NAMES[lang].prompt);
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
}

/// Waits until a live region has said so.
const hears = (page, words) => page.getByRole("status").filter({ hasText: words }).first().waitFor({ state: "attached" });

for (const lang of ["en", "zh-CN"]) {
  test(`a lesson by keyboard and the screen reader's tree alone (${lang})`, { timeout: 240_000 }, () =>
    open({ search: `?lang=${lang}` }, async ({ page }) => {
      const words = messages("slots", lang);
      const title = readFileSync(new URL(`../../lessons/content/slots/${lang}.md`, import.meta.url), "utf8").match(/^title = "(.*)"$/m)[1];
      await page.locator(".app[data-ready=true]").waitFor();
      await press(page, "button", new RegExp(title));
      await page.getByRole("heading", { name: words["question.title"] }).waitFor();
      await press(page, "button", NAMES[lang].go);

      // A wrong prediction stays, and its answer is said; a wrong answer to a question may be mended.
      await press(page, "button", words["guess.ring"]);
      await hears(page, words["guess.ring.why"].slice(0, 12));
      assert.equal(await page.getByRole("button", { name: words["guess.slot"], exact: true }).isDisabled(), true);
      await press(page, "button", words["number.n5061"]);
      // In Chinese a term of the glossary follows, with its explanation in the midst of the words.
      await hears(page, words["number.n5061.why"].slice(0, lang === "en" ? 12 : 6));
      await press(page, "button", words["number.n12182"]);

      // At the wrong node nothing is stored and nothing is praised; at the right one the verdict comes at once.
      await line(page, lang, "redis-cli -h 192.168.40.5 -p 6380 set foo bar");
      await page.getByText("MOVED 12182").first().waitFor();
      assert.equal(await page.locator("[data-check=stored][data-verdict=met]").count(), 0);
      await page.evaluate(() => {
        const mark = { typed: document.querySelectorAll("[data-testid=console-output] .typed").length };
        window.verdict = mark;
        const look = () => {
          const now = performance.now();
          const typed = document.querySelectorAll("[data-testid=console-output] .typed").length;
          if (typed > mark.typed && !document.querySelector(".typing[data-busy]")) mark.back ??= now;
          if (document.querySelector("[data-check=stored][data-verdict=met]")) mark.met ??= now;
        };
        new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
      });
      await line(page, lang, "redis-cli -h 192.168.40.2 -p 6380 set foo bar");
      await page.waitForFunction(() => window.verdict.back && window.verdict.met);
      const late = await page.evaluate(() => window.verdict.met - window.verdict.back);
      assert.ok(late < 100, `the verdict came ${late} ms after the prompt`);

      await line(page, lang, "redis-cli -h 192.168.40.5 -p 6380 set hello 1");
      await line(page, lang, "redis-cli -h 192.168.40.1 -p 6380 rpush c 1 2 3");
      const last = page.locator("[data-testid=lesson] [data-state=current]");
      await last.locator("[data-choice=shared]").waitFor();
      const step = await last.getAttribute("data-step");
      await press(page, "button", words[`${step}.keys`]);
      await press(page, "button", words[`${step}.shared`]);
      await press(page, "button", NAMES[lang].go);
      await page.locator("[data-standing=solved]").waitFor();
    }));
}
