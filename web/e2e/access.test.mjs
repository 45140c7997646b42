// axe-core over the states of the page, in both themes and languages, wide and narrow.
import { test } from "node:test";
import assert from "node:assert/strict";
import { open, violations, withBrowser } from "./harness.mjs";

withBrowser();

/// The states: what leads to each.
const STATES = {
  "first visit": async () => {},
  "a node is open": ({ page }) => page.locator("[data-testid^=node-]").first().click(),
  "a packet is open": async ({ page }) => {
    await page.locator("#side-letters").click();
    await page.getByTestId("letters").getByRole("button").first().click();
  },
  "elections": ({ page }) => page.locator("#side-desk").click(),
  "clients": ({ page }) => page.locator("#side-writes").click(),
  "the past": async ({ page }) => {
    await page.getByTestId("scrubber").focus();
    await page.keyboard.press("Home");
    await page.getByTestId("past").waitFor();
  },
  "one's own": async ({ page }) => {
    await page.getByTestId("scenario").click();
    await page.locator("[data-scenario=own]").click();
    await page.getByTestId("own-build").click();
    await page.getByTestId("own-troubles").waitFor();
  },
  "sharing, and a line explained": async ({ page }) => {
    await page.getByTestId("console-input").fill("redis-cli -h 192.168.40.5 -p 6380 get foo");
    await page.keyboard.press("Enter");
    await page.locator(".explain").last().click();
    await page.getByTestId("explained").waitFor();
    await page.getByTestId("share").click();
  },
  "two worlds": async ({ page }) => {
    await page.getByTestId("twin").click();
    await page.locator("[data-knob=replicas-2]").click();
    await page.locator("[data-testid=twin-summary][data-ready=true]").waitFor();
  },
};

for (const theme of ["dark", "light"]) {
  for (const lang of ["en", "zh-CN"]) {
    test(`axe finds nothing in ${theme}, ${lang}`, { timeout: 300_000 }, async () => {
      for (const [state, go] of Object.entries(STATES)) {
        await open({ search: `?lang=${lang}&theme=${theme}` }, async (hands) => {
          await hands.ready();
          await hands.type("redis-cli -c -h 192.168.40.5 -p 6380 set foo bar");
          await go(hands);
          assert.deepEqual(await violations(hands.page), [], state);
          if (process.env.SLOTLAB_SHOTS) {
            const name = `${state.replaceAll(/\W+/g, "-")}-${theme}-${lang}.png`;
            await hands.page.screenshot({ path: `${process.env.SLOTLAB_SHOTS}/${name}` });
          }
        });
      }
    });
  }
}
