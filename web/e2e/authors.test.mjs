// A lesson that is none of the course: made in the page from what was just done, shared by a link, and opened
// from one that means no good.
import { readFileSync } from "node:fs";
import { test } from "node:test";
import assert from "node:assert/strict";
import { open, url, withBrowser } from "./harness.mjs";

withBrowser();

/// The part of an address after `#`, as the page packs a text that does not get shorter.
const hash = (text) => `#l=p${Buffer.from(text).toString("base64url")}`;

const sample = (name) => readFileSync(new URL(`../../lessons/tests/sample/${name}`, import.meta.url), "utf8");

/// The sample with a title that looks like markup, an id of the course, and a setup.
const LESSON = `slotlab lesson 1
--- lesson.toml
${sample("lesson.toml")
  .replace('id = "tiny"', 'id = "failover"')
  .replace('scenario = "formed"', 'scenario = "formed"\nscript = "mkdir -p /root/left-by-the-setup"')}--- en.md
${sample("en.md").replace('"Tiny"', '"Mine <b>bold</b>"')}`;

test("a lesson from a link is walked, and leaves no trace in the course", { timeout: 300_000 }, () =>
  open({ search: `?lang=en${hash(LESSON)}` }, async (page) => {
    const panel = page.page.getByTestId("lesson");
    await panel.locator("[data-state=current]").waitFor();
    assert.equal(await panel.locator("h2").textContent(), "Mine <b>bold</b>");
    assert.equal(await panel.locator("h2 b").count(), 0, "a title is words, not markup");
    await page.hurry();
    assert.match(await page.type("ls /root"), /left-by-the-setup/);
    await panel.locator("[data-choice=yes]").click();
    await page.type("redis-cli -c -h 192.168.40.5 -p 6380 set foo 1");
    await panel.locator("[data-standing=solved]").waitFor();
    const done = await page.page.evaluate(() => localStorage.getItem("slotlab.lessons"));
    assert.ok(!/failover/.test(done ?? ""), "its id is one of the course's, its end is not");
    await page.page.getByTestId("lesson-again").click();
    await panel.locator("[data-standing=open] [data-state=current]").waitFor();
    assert.equal(await panel.locator("h2").textContent(), "Mine <b>bold</b>");
  }));

test("what is wrong with a lesson is said, with its line, and nothing of it runs", { timeout: 300_000 }, async () => {
  const cases = [
    [LESSON.replace("Do it.", '<img src=x onerror="document.title=1">'), /en\.md:25: no page shows HTML/],
    [LESSON.replace("Do it.", "[x](javascript:document.title=1)"), /en\.md:25: no page shows a link/],
    [LESSON.replace('fact = "stored"', 'fact = "hacked"'), /lesson\.toml:\d+: unknown variant `hacked`; write one of/],
    [LESSON.replace("format = 1", "format = 8"), /newer Slotlab/],
    [LESSON.replace('fact = "stored"', 'fact = "hacked"'), /lesson\.toml:\d+: 不认识的取值 `hacked`；写其中之一：/, "zh-CN"],
    [LESSON.replace("Do it.", "[x](javascript:document.title=1)"), /en\.md:25: 页面不显示指向 .* 的链接；写以 https/, "zh-CN"],
    [LESSON.slice(0, 40), /cannot be opened/],
    ["x".repeat(70_000), /is broken/],
  ];
  for (const [text, expected, lang = "en"] of cases) {
    await open({ search: `?lang=${lang}${hash(text)}` }, async (page) => {
      const notice = page.page.getByTestId("notice");
      await notice.waitFor();
      assert.match(await notice.innerText(), expected);
      assert.notEqual(await page.page.title(), "1");
      await page.ready();
    });
  }
});

test("what was just done becomes a lesson, which its link opens", { timeout: 300_000 }, async () => {
  let link;
  await open({}, async (page) => {
    await page.ready();
    await page.hurry();
    await page.page.getByTestId("build").click();
    await page.page.getByTestId("build-nothing").waitFor();
    await page.page.getByTestId("build").click();
    await page.type("redis-cli -c -h 192.168.40.5 -p 6380 set foo bar");
    await page.type("kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)");
    await page.sees("192.168.40.2:6381", { role: "master", health: "ok" });
    await page.page.getByTestId("build").click();
    const panel = page.page.locator(".builder");
    await panel.locator("[data-check=keys]").waitFor();
    await panel.getByTestId("build-from").selectOption("1");
    await panel.locator("[data-check=keys]").waitFor({ state: "detached" });
    await panel.locator("[data-check=promoted]").waitFor();
    await panel.locator('[data-field="build-title.en"]').fill("The heir");
    await panel.getByTestId("build-write").click();
    const toml = panel.getByTestId("build-lesson.toml");
    assert.match(await toml.inputValue(), /fact = "master", node = "db03:6381"/);
    await toml.fill((await toml.inputValue()).replace('kind = "do"', 'kind = "dance"'));
    await panel.getByTestId("build-check").click();
    await panel.locator("[data-said=wrong]", { hasText: "unknown variant `dance`" }).waitFor();
    await toml.fill((await toml.inputValue()).replace('kind = "dance"', 'kind = "do"'));
    await panel.getByTestId("build-check").click();
    await panel.locator("[data-said=fine]").waitFor();
    await panel.getByTestId("build-share").click();
    link = await panel.getByTestId("build-link").inputValue();
    await panel.getByTestId("build-try").click();
    const lesson = page.page.getByTestId("lesson");
    await lesson.locator("[data-state=current]").waitFor();
    await page.type("kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)");
    await lesson.locator("[data-standing=solved]").waitFor();
    await page.page.getByTestId("lesson-close").click();
    await page.page.getByTestId("build").click();
    await page.page.getByTestId("build-lesson.toml").waitFor();
  });
  await open({ search: link.slice(url.length) }, async (page) => {
    const lesson = page.page.getByTestId("lesson");
    await lesson.locator("[data-state=current]").waitFor();
    assert.equal(await lesson.locator("h2").textContent(), "The heir");
  });
});

test("a teacher's links: some lessons, one lesson, one lesson in a frame", { timeout: 300_000 }, async () => {
  await open({ search: "?lang=en&lessons=slots,failover,nosuch" }, async (page) => {
    const entries = page.page.locator(".course-entry");
    await entries.first().waitFor();
    assert.deepEqual(
      await entries.evaluateAll((all) => all.map((e) => e.dataset.testid)),
      ["lesson-slots", "lesson-failover"],
    );
  });
  await open({ search: "?lang=en&lesson=slots&embed=1" }, async (page) => {
    const lesson = page.page.getByTestId("lesson");
    await lesson.locator("[data-state=current]").waitFor();
    assert.ok(await lesson.isVisible(), "a frame shows the lesson that its address names");
    assert.ok(!(await page.page.locator(".topbar").isVisible()));
  });
  await open({ search: "?lang=en&embed=1" }, async (page) => {
    await page.ready();
    assert.ok(!(await page.page.getByTestId("lesson").isVisible()));
  });
});
