// Lessons walked as a learner walks it, in the panel beside the console: first down a wrong turn (its
// counter-solution), which must not be praised; then, begun again, to the end.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open, withBrowser } from "./harness.mjs";
import { begin, scripts, walk } from "./learner.mjs";

withBrowser();

/// Three lessons and a challenge; the others are walked by the checker in the same worlds.
const WALKED = ["slots", "moved-and-ask", "failover", "three-each"];

for (const lesson of WALKED) {
  for (const lang of ["en", "zh-CN"]) {
    test(`${lesson} (${lang}): a wrong turn is not praised, the right way is`, { timeout: 300_000 }, () =>
      open({ search: `?lang=${lang}` }, async (page) => {
        const panel = page.page.getByTestId("lesson");
        await begin(page, lesson);

        const wrong = scripts(lesson, "counter")[lang === "en" ? 0 : 1];
        await walk(page, wrong);
        const [step, check] = wrong.fails.split(".");
        await panel.locator(`[data-step="${step}"][data-state=current]`).waitFor();
        assert.equal(await panel.locator(`[data-step="${step}"] [data-check="${check}"][data-verdict=met]`).count(), 0);
        assert.equal(await panel.locator("[data-standing=open]").count(), 1);
        // However far the steps have gone, the objectives stay in sight, above the current step.
        const boxes = [panel, panel.locator(".lesson-pane > .goals"), panel.locator("[data-state=current] > h3")];
        const [around, goals, title] = await Promise.all(boxes.map((box) => box.boundingBox()));
        assert.ok(goals.y >= around.y - 1, "the objectives have gone out of sight");
        assert.ok(title.y >= goals.y + goals.height && title.y < around.y + around.height, "the step is not in sight");

        await page.page.getByTestId("lesson-again").click();
        await panel.locator("[data-step]").first().and(page.page.locator("[data-state=current]")).waitFor();
        await page.at("db01");
        const right = scripts(lesson, "solution")[lang === "en" ? 0 : 1];
        await walk(page, right);
        await panel.locator("[data-standing=solved]").waitFor();
      }));
  }
}
