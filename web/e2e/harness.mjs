// What every browser test stands on: one Chromium, a page, and hands for it. Nothing here sleeps: each
// helper waits for a state of the page and says which one did not come.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before } from "node:test";
import assert from "node:assert/strict";

// playwright-core lies in tools/, where `cargo xtask setup` puts it.
const { chromium } = createRequire(new URL("../../tools/", import.meta.url))("playwright-core");

export const url = process.env.SLOTLAB_URL;
if (!url) throw new Error("SLOTLAB_URL names the site to test: run `cargo xtask test --only browser`");

/// Longest wait for a state, in real milliseconds: for a slow machine, not for a slow page.
const PATIENCE = 60_000;

let browser;

/// Starts and ends the browser around the tests of a file.
export function withBrowser() {
  before(async () => {
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM,
      args: ["--no-sandbox", "--disable-dev-shm-usage"],
    });
  });
  after(() => browser?.close());
}

/// Opens the page in a fresh profile, runs `body` with its hands, and fails on any error that the page let
/// slip into the console of the browser. `before` gets the page before it goes anywhere; `address` is another
/// one than the site's; `shows` is the pane that comes into view first; `broken` says that the browser may complain, `allowed` about what.
export async function open(options, body) {
  const { search = "?lang=en", address = url + search, before, shows = "stage", broken = false, allowed = null, ...context } = options;
  const profile = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...context });
  profile.setDefaultTimeout(PATIENCE);
  const page = await profile.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && !allowed?.test(message.text()) && errors.push(message.text()));
  try {
    await before?.(page);
    await page.goto(address);
    if (!broken) await page.getByTestId(shows).waitFor();
    await body(new Hands(page));
    if (!broken) assert.deepEqual(errors, [], "the page made the browser complain");
  } catch (error) {
    if (process.env.SLOTLAB_SHOTS) await page.screenshot({ path: `${process.env.SLOTLAB_SHOTS}/failed.png` });
    throw error;
  } finally {
    await profile.close();
  }
}

const axe = readFileSync(new URL("../../tools/node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

/// What axe-core finds wrong with the page as it is now, in words.
export async function violations(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const found = await window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    });
    return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 4).join(" | ")}`);
  });
}

/// A learner's hands and eyes.
class Hands {
  constructor(page) {
    this.page = page;
    this.input = page.getByTestId("console-input");
    this.output = page.getByTestId("console-output");
  }

  /// Waits until the world may be used.
  async ready() {
    await this.page.locator(".app[data-ready=true]").waitFor();
  }

  node(address) {
    return this.page.getByTestId(`node-${address}`);
  }

  /// Waits until the node's card claims this.
  async sees(address, { role, health }) {
    const selector = `[data-testid="node-${address}"]`
      + (role ? `[data-role="${role}"]` : "") + (health ? `[data-health="${health}"]` : "");
    try {
      await this.page.locator(selector).waitFor({ state: "attached" });
    } catch {
      const card = this.node(address);
      const is = [await card.getAttribute("data-role"), await card.getAttribute("data-health")];
      assert.fail(`node-${address} never became ${role ?? "…"}/${health ?? "…"}: it is ${is.join("/")}`);
    }
  }

  /// Throws the living cluster away: three hosts, nothing on them.
  async bareHosts() {
    await this.page.getByRole("button", { name: "Start from bare hosts" }).click();
    await this.page.locator("[data-testid^=node-]").first().waitFor({ state: "detached" });
  }

  /// Moves the speed control to its last stop.
  async hurry() {
    await this.page.getByTestId("speed").focus();
    await this.page.keyboard.press("End");
  }

  /// Brings the tab of a host to the front.
  async at(host) {
    const tab = this.page.getByRole("tab", { name: host });
    await tab.click();
    await this.page.locator(`[role=tab][aria-selected=true]`, { hasText: host }).waitFor();
  }

  /// Types a line, waits for the prompt to come back, and gives what was printed meanwhile.
  async type(line) {
    const already = await this.output.locator(".typed").count();
    await this.input.fill(line);
    await this.input.press("Enter");
    const back = ({ already }) => {
      const typed = document.querySelectorAll("[data-testid=console-output] .typed");
      return typed.length > already && !document.querySelector(".typing[data-busy]");
    };
    try {
      await this.page.waitForFunction(back, { already });
    } catch {
      assert.fail(`no prompt came back after: ${line}\n${await this.screen()}`);
    }
    return this.page.evaluate(() => {
      const lines = [...document.querySelectorAll("[data-testid=console-output] .line")];
      const last = lines.findLastIndex((line) => line.querySelector(".typed"));
      return lines.slice(last + 1).map((line) => line.textContent).join("\n");
    });
  }

  /// Types a line and expects its output to match.
  async expect(line, pattern) {
    const printed = await this.type(line);
    assert.match(printed, pattern, `after: ${line}`);
    return printed;
  }

  /// Types several lines, one after the other.
  async all(text) {
    for (const line of text.split("\n").map((line) => line.trimEnd()).filter(Boolean)) await this.type(line);
  }

  /// Types the line again and again until its output matches; virtual time goes on meanwhile.
  async until(line, pattern) {
    const end = Date.now() + PATIENCE;
    let printed;
    do {
      printed = await this.type(line);
      if (pattern.test(printed)) return printed;
    } while (Date.now() < end);
    assert.fail(`${line} never printed ${pattern}; last:\n${printed}`);
  }

  /// Waits until so many virtual seconds have passed.
  async passes(seconds) {
    const now = () => document.querySelector("time.clock").textContent
      .split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
    const end = await this.page.evaluate(now) + seconds;
    await this.page.waitForFunction(`(${now})() >= ${end}`);
  }

  /// The last lines of the console.
  async screen() {
    return (await this.output.innerText()).split("\n").slice(-25).join("\n");
  }
}
