// What a first visit runs: a module with probes is walked through the first lesson in both languages, and
// every probe that was passed is written to a file. `cargo xtask first-visit` calls it:
// SLOTLAB_URL=… CHROMIUM=… node web/e2e/first-visit.mjs PROBED.txt RAN.bin
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../../tools/", import.meta.url))("playwright-core");
const [names, out] = process.argv.slice(2);
const [begin, ...functions] = readFileSync(names, "utf8").trimEnd().split("\n");
const url = process.env.SLOTLAB_URL;
const ran = new Uint8Array(functions.length);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});

/// Looks around in a fresh profile, then adds what was run.
async function visit(search, { slower = 1, ...context }, body) {
  const profile = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...context });
  profile.setDefaultTimeout(120_000);
  const page = await profile.newPage();
  const devtools = await profile.newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: slower });
  await page.addInitScript(() => {
    addEventListener("TrunkApplicationStarted", (event) => { globalThis.probed = event.detail.wasm; });
  });
  await page.goto(url + search);
  await page.locator(".app[data-ready=true]").waitFor();
  await body(page);
  const noted = await page.evaluate(([begin, count]) => {
    const bytes = new Uint8Array(globalThis.probed.memory.buffer, begin, count);
    return [...bytes].flatMap((byte, place) => (byte ? [place] : []));
  }, [Number(begin), functions.length]);
  noted.forEach((place) => { ran[place] = 1; });
  await profile.close();
  console.log(`${search}, ${slower} times slower: ${noted.length} of ${functions.length} functions`);
}

const current = (page) => page.locator("[data-testid=lesson] [data-state=current]");

async function type(page, line) {
  const typed = page.locator("[data-testid=console-output] .typed");
  const before = await typed.count();
  await page.getByTestId("console-input").fill(line);
  await page.getByTestId("console-input").press("Enter");
  await page.waitForFunction((before) => document.querySelectorAll("[data-testid=console-output] .typed").length > before
    && !document.querySelector(".typing[data-busy]"), before);
}

async function goOn(page) {
  const step = await current(page).getAttribute("data-step");
  await current(page).getByTestId("lesson-continue").click();
  await page.locator(`[data-testid=lesson] [data-step="${step}"]:not([data-state=current])`).first().waitFor({ state: "attached" });
}

/// The first lesson, with a wrong answer, the hints, and both of the ways that its file knows.
async function lesson(page, lines) {
  await page.getByTestId("lesson-why-a-cluster").click();
  await current(page).waitFor();
  await goOn(page);
  await page.getByTestId("lesson-hint").first().click();
  await current(page).locator('[data-choice="proxy"]').click();
  await current(page).locator('[data-choice="cluster"]').click();
  await current(page).locator('[data-choice="all"]').click();
  for (const line of lines) await type(page, line);
  await page.getByTestId("lesson").locator('[data-choice="refused"], [data-choice="moved"]').first().waitFor();
  for (const choice of ["moved", "refused"]) {
    const button = page.getByTestId("lesson").locator(`[data-choice="${choice}"]:enabled`);
    if (await button.count()) await button.first().click();
  }
  await current(page).getByTestId("lesson-continue").waitFor();
  await goOn(page);
  await page.locator("[data-standing=solved]").waitFor();
  await page.getByTestId("lesson-again").click();
  await page.locator("[data-standing=open]").waitFor();
  await page.getByTestId("lesson-close").click();
}

const keys = ["a", "b", "c", "d", "e", "f"];
const singly = [
  ...keys.map((key) => `redis-cli -c -h 192.168.40.5 -p 6380 set ${key} 1`),
  ...["5", "1", "2"].map((host) => `redis-cli -h 192.168.40.${host} -p 6380 dbsize`),
];
const looped = [
  "for k in 1 2 3 4 5 6 7 8 9; do redis-cli -c -h 192.168.40.1 -p 6380 set key:$k v; done",
  "redis-cli -h 192.168.40.5 -p 6380 get nothing", "redis-cli -h 192.168.40.5 -p 6380 set foo",
  ...["5", "1", "2"].map((host) => `redis-cli -h 192.168.40.${host} -p 6380 dbsize`), "nonsense", "ls", "pwd",
];
// More than once: what is drawn anew, and when, is another thing every time, and on a slow machine more so.
for (const [lang, slower] of [["en", 1], ["zh-CN", 1], ["en", 4], ["zh-CN", 12]]) {
  await visit(`?lang=${lang}&theme=dark`, { slower }, (page) => lesson(page, singly));
}
for (const slower of [1, 6]) {
  await visit("?lang=zh-CN&theme=light&lesson=why-a-cluster", { slower, viewport: { width: 390, height: 844 }, hasTouch: true }, async (page) => {
    await current(page).waitFor({ state: "attached" });
  });
}
await visit("?lang=zh-CN&theme=light", { colorScheme: "light" }, async (page) => {
  await lesson(page, looped);
  // What else a first look touches: pause, step, tabs, a key, completion.
  await page.getByTestId("play").click();
  await page.getByTestId("step").click();
  await page.locator("[data-testid=play][aria-pressed=false]").waitFor();
  await page.getByTestId("play").click();
  await page.getByRole("tab", { name: "db02" }).click();
  await page.getByTestId("console-input").pressSequentially("red");
  await page.getByTestId("console-input").press("Tab");
  await page.locator("[data-testid^=node-]").first().hover();
});
await visit("?lang=en&theme=dark&motion=reduce", { slower: 3, reducedMotion: "reduce" }, async () => {});
writeFileSync(out, ran);
await browser.close();
