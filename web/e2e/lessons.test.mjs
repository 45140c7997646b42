// Lessons walked as a learner walks it, in the panel beside the console: first down a wrong turn (its
// counter-solution), which must not be praised; then, begun again, to the end.
import { readFileSync } from "node:fs";
import { test } from "node:test";
import assert from "node:assert/strict";
import { open, withBrowser } from "./harness.mjs";

withBrowser();

const CONTENT = new URL("../../lessons/content/", import.meta.url);

/// The ways through a lesson that stand in its file: `[[solution]]` or `[[counter]]`.
function scripts(lesson, kind) {
  const file = readFileSync(new URL(`${lesson}/lesson.toml`, CONTENT), "utf8");
  return file.split(/^(?=\[\[)/m).filter((text) => text.startsWith(`[[${kind}]]`)).map((text) => ({
    id: text.match(/^id = "(.*)"$/m)[1],
    fails: text.match(/^fails = "(.*)"$/m)?.[1],
    lines: text.match(/^script = """\n([^]*?)\n"""/m)[1].split("\n"),
  }));
}

/// Presses "continue" until the panel has gone on: it may be scrolling to the step while we press.
async function goOn(page) {
  const panel = page.page.getByTestId("lesson");
  const button = panel.locator("[data-state=current]").getByTestId("lesson-continue");
  await button.waitFor();
  const step = await panel.locator("[data-state=current]").getAttribute("data-step");
  const left = panel.locator(`[data-step="${step}"]:not([data-state=current])`);
  for (let presses = 0; presses < 5 && !(await left.count()); presses++) {
    await button.click({ timeout: 5000 }).catch(() => {});
    await left.waitFor({ state: "attached", timeout: 5000 }).catch(() => {});
  }
  assert.equal(await left.count(), 1, `"continue" does not leave the step ${step}`);
}

/// Walks along a script. Its last `@next` may find nothing to go on to, when the way is a wrong one.
async function walk(page, { lines, fails }) {
  const values = {};
  for (const [at, raw] of lines.entries()) {
    const line = raw.replace(/\$\{(\w+)\}/g, (_, name) => values[name]);
    const [word, rest] = line.match(/^(@\w+) ?(.*)$/)?.slice(1) ?? [];
    const current = page.page.locator("[data-testid=lesson] [data-state=current]");
    if (word === "@next") {
      if (fails && at > 0) continue;
      await goOn(page);
    } else if (word === "@choose") {
      await current.locator(`[data-choice="${rest}"]`).click();
    } else if (word === "@host") {
      await page.at(rest);
    } else if (word === "@wait") {
      await page.passes(parseFloat(rest));
    } else if (word === "@set") {
      const [, name, command] = rest.match(/^(\w+) (.*)$/);
      values[name] = (await page.type(command)).trim().replace(/^"|"$/g, "");
    } else {
      await page.type(line);
    }
  }
}

/// Three lessons and a challenge; the others are walked by the checker in the same worlds.
const WALKED = ["slots", "moved-and-ask", "failover", "three-each"];

for (const lesson of WALKED) {
  for (const lang of ["en", "zh-CN"]) {
    test(`${lesson} (${lang}): a wrong turn is not praised, the right way is`, { timeout: 300_000 }, () =>
      open({ search: `?lang=${lang}` }, async (page) => {
        const panel = page.page.getByTestId("lesson");
        await page.page.getByTestId(`lesson-${lesson}`).click();
        await panel.locator("[data-state=current]").waitFor();
        await page.hurry();

        const wrong = scripts(lesson, "counter")[lang === "en" ? 0 : 1];
        await walk(page, wrong);
        const [step, check] = wrong.fails.split(".");
        await panel.locator(`[data-step="${step}"][data-state=current]`).waitFor();
        assert.equal(await panel.locator(`[data-step="${step}"] [data-check="${check}"][data-verdict=met]`).count(), 0);
        assert.equal(await panel.locator("[data-standing=open]").count(), 1);

        await page.page.getByTestId("lesson-again").click();
        await panel.locator("[data-step]").first().and(page.page.locator("[data-state=current]")).waitFor();
        await page.at("db01");
        const right = scripts(lesson, "solution")[lang === "en" ? 0 : 1];
        await walk(page, right);
        await panel.locator("[data-standing=solved]").waitFor();
      }));
  }
}
