// How fast the page is, as a table: `SLOTLAB_URL=… CHROMIUM=… node web/e2e/speed.mjs [PART…]`, the parts being
// prompt, 6, 100, 1000, back, answer. Numbers are of the machine they were taken on; docs/page-speed.md keeps the
// last ones. SLOTLAB_CPU=1 counts a frame's work in time of the processor, for a machine that is not ours alone.
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../../tools/", import.meta.url))("playwright-core");
const url = process.env.SLOTLAB_URL ?? "http://127.0.0.1:8080/";
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});

const rows = [];
const ready = (page) => page.locator(".app[data-ready=true]").waitFor({ timeout: 300_000 });

/// A fresh profile; `throttle` slows its processor down.
async function fresh(throttle, body) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  if (throttle > 1) await devtools.send("Emulation.setCPUThrottlingRate", { rate: throttle });
  await body(page, devtools);
  await context.close();
}

/// Milliseconds from the address to a prompt that takes a line.
async function prompt(throttle) {
  await fresh(throttle, async (page) => {
    const began = performance.now();
    await page.goto(`${url}?lang=en`);
    await ready(page);
    rows.push([`address to prompt, processor 1/${throttle}`, `${Math.round(performance.now() - began)} ms`]);
  });
}

/// The main thread's work a frame, in each of two hundred stretches of a frame or a few: with much to do, more
/// than one passes between two answers of the browser.
async function frames(scenario, name) {
  await fresh(1, async (page, devtools) => {
    await page.goto(`${url}?lang=en`);
    await ready(page);
    if (scenario) {
      await page.getByTestId("scenario").click();
      await page.locator(`[data-scenario=${scenario}]`).click();
      await page.locator(".app[data-ready=false]").waitFor();
      const began = performance.now();
      await ready(page);
      rows.push([`until it can be used, ${name}`, `${((performance.now() - began) / 1000).toFixed(1)} s`]);
    }
    await devtools.send("Performance.enable", { timeDomain: process.env.SLOTLAB_CPU ? "threadTicks" : "timeTicks" });
    const busy = async () => (await devtools.send("Performance.getMetrics")).metrics
      .find((metric) => metric.name === "TaskDuration").value * 1000;
    await page.evaluate(() => {
      globalThis.framesSeen = 0;
      const count = () => {
        globalThis.framesSeen += 1;
        requestAnimationFrame(count);
      };
      requestAnimationFrame(count);
    });
    const frame = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => done(globalThis.framesSeen))));
    const spans = [];
    let seen = await frame();
    let before = await busy();
    for (let i = 0; i < 200; i++) {
      const [now, spent] = [await frame(), await busy()];
      spans.push((spent - before) / Math.max(1, now - seen));
      [seen, before] = [now, spent];
    }
    spans.sort((a, b) => a - b);
    rows.push([`main thread a frame, ${name}: median, p95, worst`, `${spans[100].toFixed(1)}, ${spans[190].toFixed(1)}, ${spans[199].toFixed(1)} ms`]);
  });
}

/// Milliseconds from a key to the past that it asks for, after ten virtual minutes of load.
async function back() {
  await fresh(1, async (page) => {
    await page.goto(`${url}?lang=en`);
    await ready(page);
    await page.getByTestId("console-input").fill(
      "for i in {1..3000}; do redis-cli -c -h 192.168.40.5 -p 6380 set k:$i $i; sleep 0.2; done > /dev/null");
    await page.getByTestId("console-input").press("Enter");
    await page.getByTestId("speed").focus();
    await page.keyboard.press("End");
    const late = () => document.querySelector("time.clock").textContent
      .split(":").reduce((sum, part) => sum * 60 + Number(part), 0) > 600;
    await page.waitForFunction(late, null, { timeout: 600_000 });
    await page.getByTestId("play").click();
    const spans = [];
    for (let i = 0; i < 12; i++) {
      spans.push(await page.evaluate(async (part) => {
        const strip = document.querySelector("[data-testid=scrubber]");
        const rect = strip.getBoundingClientRect();
        const before = document.querySelector("time.clock").textContent;
        const began = performance.now();
        const options = { clientX: rect.left + rect.width * part, clientY: rect.top + 20, buttons: 1, bubbles: true, pointerId: 1 };
        strip.dispatchEvent(new PointerEvent("pointermove", options));
        while (document.querySelector("time.clock").textContent === before) {
          await new Promise(requestAnimationFrame);
        }
        return performance.now() - began;
      }, (i * 37 % 90 + 5) / 100));
    }
    spans.sort((a, b) => a - b);
    rows.push(["back through ten busy minutes: median, worst", `${spans[6].toFixed(0)}, ${spans[11].toFixed(0)} ms`]);
  });
}

/// Milliseconds from Enter to the answer of a command and the prompt after it, at real time.
async function answer() {
  await fresh(1, async (page) => {
    await page.goto(`${url}?lang=en`);
    await ready(page);
    const spans = [];
    for (let i = 0; i < 20; i++) {
      const line = `redis-cli -c -h 192.168.40.5 -p 6380 set k:${i} ${i}`;
      await page.getByTestId("console-input").fill(line);
      spans.push(await page.evaluate(async () => {
        const typed = () => document.querySelectorAll("[data-testid=console-output] .typed").length;
        const before = typed();
        const began = performance.now();
        document.querySelector("[data-testid=console-input]")
          .dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
        while (typed() === before || document.querySelector(".typing[data-busy]")) {
          await new Promise(requestAnimationFrame);
        }
        return performance.now() - began;
      }));
    }
    spans.sort((a, b) => a - b);
    rows.push(["Enter to the answer and the next prompt: median, worst", `${spans[10].toFixed(0)}, ${spans[19].toFixed(0)} ms`]);
  });
}

const PARTS = {
  prompt: async () => {
    await prompt(1);
    await prompt(4);
  },
  6: () => frames(null, "6 nodes"),
  100: () => frames("hundred", "100 nodes"),
  1000: () => frames("thousand", "1,000 nodes"),
  back,
  answer,
};
// Whole numbers among keys come first in an object.
for (const part of ["prompt", "6", "100", "1000", "back", "answer"]) {
  if (process.argv.length < 3 || process.argv.includes(part, 2)) await PARTS[part]();
}
await browser.close();
for (const [what, value] of rows) console.log(`| ${what} | ${value} |`);
