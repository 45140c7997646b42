// How a learner goes through a lesson: along one of the ways that stand in its file.
import { readFileSync } from "node:fs";
import assert from "node:assert/strict";

const CONTENT = new URL("../../lessons/content/", import.meta.url);

/// The ways through a lesson that stand in its file: `[[solution]]` or `[[counter]]`.
export function scripts(lesson, kind) {
  const file = readFileSync(new URL(`${lesson}/lesson.toml`, CONTENT), "utf8");
  return file.split(/^(?=\[\[)/m).filter((text) => text.startsWith(`[[${kind}]]`)).map((text) => ({
    id: text.match(/^id = "(.*)"$/m)[1],
    fails: text.match(/^fails = "(.*)"$/m)?.[1],
    lines: text.match(/^script = """\n([^]*?)\n"""/m)[1].split("\n"),
  }));
}

/// Presses "continue" until the panel has gone on: it may be scrolling to the step while we press.
export async function goOn(page) {
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
export async function walk(page, { lines, fails }) {
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

/// The messages of a lesson by their ids, and its title, as the file has them.
export function messages(lesson, lang) {
  const file = readFileSync(new URL(`${lesson}/${lang}.md`, CONTENT), "utf8");
  const parts = file.split(/^# /m).slice(1).map((part) => part.match(/^(.*)\n\n?([^]*)$/).slice(1));
  const words = parts.map(([id, text]) => [id.trim(), text.trim()]);
  return { title: file.match(/^title = "(.*)"$/m)[1], ...Object.fromEntries(words) };
}

/// Opens a lesson from the map, and waits until it begins.
export async function begin(page, lesson) {
  await page.page.getByTestId(`lesson-${lesson}`).click();
  await page.page.getByTestId("lesson").locator("[data-state=current]").waitFor();
  await page.hurry();
}

/// Walks a lesson to its end by its first solution.
export async function solve(page, lesson) {
  await begin(page, lesson);
  await walk(page, scripts(lesson, "solution")[0]);
  await page.page.locator("[data-standing=solved]").waitFor();
}
