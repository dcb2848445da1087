// The whole way of a user, from the first page of a new Home Assistant to the removal.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { control, part as partOf, start, truth } from "./home.mjs";

const PICTURES = process.env.BROWSER_PICTURES;

let stage = {};
let demo;
let page;
let complaints;
let application;

before(async () => {
  stage = await start(["--bare"], /waits on/);
  ({ demo, page, complaints } = stage);
  ({ application } = await truth(demo));
});

after(async () => {
  await stage.browser?.close();
  await demo?.stop();
});

let lost = null;

/** Run one part of the way, and keep a picture of its end; nothing goes on after a failure. */
const part = (name, run) =>
  partOf(name, () => stage, async () => {
    if (lost) throw Object.assign(new Error(`"${lost}" has failed`), { isShown: true });
    lost = name;
    try {
      await run();
      lost = null;
    } finally {
      if (PICTURES) {
        mkdirSync(PICTURES, { recursive: true });
        await page.screenshot({ path: join(PICTURES, `${name.replaceAll(/\W+/g, "-")}.png`) });
      }
    }
  });

const field = (name) => page.getByRole("textbox", { name, exact: typeof name === "string" });
const press = (name) => page.getByRole("button", { name, exact: true }).click();
const shown = (text) => page.getByText(text).first().waitFor();
const integration = () => page.goto(`${demo.address}/config/integrations/integration/smartcar`);

/** Choose from the menu of the integration's entry. */
const choose = async (item) => {
  await page.locator("ha-config-entry-row").getByRole("button", { name: "Menu" }).first().click();
  await page.getByRole("menuitem", { name: item, exact: true }).click();
};

/** Begin to add the integration, as far as its first form. */
const add = async () => {
  await press("Add integration");
  await page.getByPlaceholder("Search for a brand name").fill("smartcar");
  await page.getByText("Smartcar", { exact: true }).click();
  await shown("Connect your Smartcar application");
  await field(/API client ID/).fill(application.client_id);
};

part("a new Home Assistant greets its user", async () => {
  await page.goto(demo.address);
  await press("Create my smart home");
  await field("Name*").fill("Owner");
  await field("Password*").fill("owner-of-a-car");
  await field("Confirm password*").fill("owner-of-a-car");
  await press("Create account");
  await press("Finish");
  await page.waitForURL(/\/(home|lovelace)/);
  // What Home Assistant's own first pages complained about.
  complaints.length = 0;
});

part("a wrong secret is refused in words, and a reload loses nothing", async () => {
  await page.goto(`${demo.address}/config/integrations/dashboard`);
  await add();
  await field(/API client secret/).fill("wrong");
  await press("Submit");
  await shown("Smartcar does not accept this client ID and secret.");
  await page.reload();
  await add();
  await field(/API client secret/).fill(application.client_secret);
  await press("Submit");
  await shown("Your cars");
  for (const car of ["Volkswagen ID.4 (2023)", "Nissan Qashqai (2021)", "Volvo XC60 (2022)"]) {
    assert.ok(await page.getByRole("checkbox", { name: car }).isChecked(), car);
  }
  await press("Submit");
});

part("a wrong token is refused in words, and the checklist says when all is done", async () => {
  await shown("Receive data by webhook");
  await field(/management token/).fill(application.client_secret);
  await press("Submit");
  await shown("This is a different credential.");
  await field(/management token/).fill(application.management_token);
  await press("Submit");
  await shown("Create the webhook in the dashboard");
  const address = await field(/Webhook address/).inputValue();
  await control(demo, "webhooks", { callback_uri: address });
  await press("Submit");
  await page.getByText("The webhook works").or(page.getByText("What works so far")).first().waitFor();
  while (!(await page.getByText("The webhook works").count())) {
    await page.getByText("Check again", { exact: true }).click();
    await page.getByText("The webhook works").or(page.getByText("What works so far")).first().waitFor();
  }
  await page.getByText("Finish", { exact: true }).click();
  await shown("Name and assign");
  await press("Skip and finish");
});

part("the device page shows the car", async () => {
  await integration();
  await page.getByText("Blauer Blitz").first().click();
  await page.waitForURL(/config\/devices\/device/);
  await shown("ID.4 (2023) (Pro)");
  await page.getByRole("switch", { name: "Toggle Blauer Blitz Charge", exact: true }).waitFor();
  for (const line of ["265 km", "18,433 km", "Home", "Unplugged"]) await shown(line);
});

part("a dashboard of the cars by strategy", async () => {
  await page.goto(`${demo.address}/config/lovelace/dashboards`);
  await press("Add dashboard");
  await shown("Community dashboards");
  await page.getByText("All your cars: what is open").click();
  await press("Create");
  await field("URL*").waitFor({ state: "detached" });
  await page.goto(`${demo.address}/dashboard-cars/cars`);
  for (const car of ["Blauer Blitz", "Familienkutsche", "Anna's Nissan"]) {
    const card = page.locator("smartcar-card").filter({ has: page.getByRole("heading", { name: car, exact: true }) });
    await card.locator("#lock[data-state=locked]").waitFor({ state: "attached" });
  }
});

part("an action answers in the developer tools", async () => {
  await page.goto(`${demo.address}/config/tools/action`);
  await press("Action");
  await page.getByPlaceholder(/search/i).last().fill("smartcar.get_diary");
  await page.getByText("Get trips and charges").first().click();
  await press("Select a device");
  await page.getByText("Blauer Blitz").last().click();
  await press("Perform action");
  await page.getByText("totals:").first().waitFor();
});

part("the options are saved", async () => {
  await integration();
  await press("Configure");
  await shown("Reading, commands and costs");
  await page.getByRole("spinbutton", { name: /Fixed: every/ }).fill("8");
  await press("Submit");
  await shown("Options successfully saved");
  await press("Finish");
  await press("Configure");
  await shown("Reading, commands and costs");
  assert.equal(await page.getByRole("spinbutton", { name: /Fixed: every/ }).inputValue(), "8");
  await press("Close");
});

part("Reconfigure takes the Application ID", async () => {
  await choose("Reconfigure");
  await page.getByText("Credentials", { exact: true }).click();
  await field("Application ID").fill(application.application_id);
  await press("Submit");
  await shown("Success");
  await page.getByRole("button", { name: /Close|Finish/ }).last().click();
  // Closing goes back in the history, which would end what is loaded next.
  await page.getByText("Success").first().waitFor({ state: "hidden" });
});

part("a repair asks for the owner's login, looks in vain, and is done", async () => {
  await control(demo, "stories/signed_out");
  await page.goto(`${demo.address}/config/repairs`);
  await page.getByRole("button", { name: /Login of Blauer Blitz refused/ }).click();
  await press("Submit");
  await shown("The problem is still there.");
  await control(demo, "stories/all_well");
  await press("Submit");
  await shown("The issue is repaired!");
  await press("Finish");
  await shown("There are currently no repairs pending");
});

part("diagnostics are downloaded and tell no secret", async () => {
  await integration();
  const [download] = await Promise.all([page.waitForEvent("download"), choose("Download diagnostics")]);
  const text = readFileSync(await download.path(), "utf8");
  assert.equal(JSON.parse(text).data.vehicles.length, 3);
  const { client_secret, management_token } = application;
  for (const secret of [client_secret, management_token]) assert.ok(!text.includes(secret));
});

part("the integration is removed without a trace", async () => {
  await choose("Delete");
  await press("Delete");
  await shown("No entries");
  const left = await page.evaluate(async () => {
    const { conn } = await window.hassConnection;
    const lists = ["device", "entity"].map((one) => conn.sendMessagePromise({ type: `config/${one}_registry/list` }));
    const [devices, entities] = await Promise.all(lists);
    return [
      ...devices.filter(({ identifiers }) => identifiers.some(([domain]) => domain === "smartcar")),
      ...entities.filter(({ platform }) => platform === "smartcar"),
    ];
  });
  assert.deepEqual(left, []);
  assert.equal((await truth(demo)).subscriptions, 0);
});

test("no page has complained", () => assert.deepEqual(complaints, []));
