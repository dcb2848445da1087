// The pictures of the set-up and the options, from a new Home Assistant.

import { join } from "node:path";
import { after, before } from "node:test";

import { ROOT, control, part as partOf, start, truth } from "./home.mjs";

const TALL = { width: 1280, height: 2700 };

let stage = {};
let page;
let demo;
let application;

before(async () => {
  stage = await start(["--bare"], /waits on/);
  ({ demo, page } = stage);
  ({ application } = await truth(demo));
});

after(async () => {
  await stage.browser?.close();
  await demo?.stop();
});

const part = (name, run) => partOf(name, () => stage, run);
const field = (name) => page.getByRole("textbox", { name });
const press = (name) => page.getByRole("button", { name, exact: true }).click();
const shown = (text) => page.getByText(text).first().waitFor();

/** Draw the dialog that is open. */
const draw = async (name) => {
  // Its rings and its movement, which no picture should hold.
  await page.evaluate(() => document.activeElement?.blur());
  await page.mouse.move(0, 0);
  await page.waitForLoadState("networkidle");
  await page.getByRole("dialog").last().screenshot({ path: join(ROOT, "docs/images", `${name}.png`), animations: "disabled" });
};

part("a home", async () => {
  await page.setViewportSize(TALL);
  await page.goto(demo.address);
  await press("Create my smart home");
  for (const [label, text] of [["Name*", "Owner"], ["Password*", "owner-of-a-car"], ["Confirm password*", "owner-of-a-car"]]) {
    await page.getByRole("textbox", { name: label, exact: true }).fill(text);
  }
  await press("Create account");
  await press("Finish");
  await page.waitForURL(/\/(home|lovelace)/);
});

part("the set-up", async () => {
  await page.goto(`${demo.address}/config/integrations/dashboard`);
  await press("Add integration");
  await page.getByPlaceholder("Search for a brand name").fill("smartcar");
  await page.getByText("Smartcar", { exact: true }).click();
  await shown("Connect your Smartcar application");
  await draw("setup-credentials");
  await field(/API client ID/).fill(application.client_id);
  await field(/API client secret/).fill(application.client_secret);
  await press("Submit");
  await shown("Your cars");
  await draw("setup-cars");
  await press("Submit");
  await shown("Receive data by webhook");
  await draw("setup-token");
  await field(/management token/).fill(application.management_token);
  await press("Submit");
  await shown("Create the webhook in the dashboard");
  const address = await field(/Webhook address/).inputValue();
  await draw("setup-dashboard");
  await press("Submit");
  await shown("What works so far");
  await draw("checklist");
  await control(demo, "webhooks", { callback_uri: address });
  await page.getByText("Finish", { exact: true }).click();
  await shown("Name and assign");
  await press("Skip and finish");
});

part("what is changed later", async () => {
  await page.goto(`${demo.address}/config/integrations/integration/smartcar`);
  await press("Configure");
  await shown("Reading, commands and costs");
  for (const section of ["Charging costs", "Voice assistants"]) await page.getByText(section, { exact: true }).first().click();
  await draw("options");
  await press("Close");
  await page.locator("ha-config-entry-row").getByRole("button", { name: "Menu" }).first().click();
  await page.getByRole("menuitem", { name: "Reconfigure", exact: true }).click();
  await shown("Change the Smartcar application");
  await draw("reconfigure");
});
