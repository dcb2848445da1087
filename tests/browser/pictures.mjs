// The pictures of the dashboard and of the devices, from a real Home Assistant.

import { join } from "node:path";

import { ROOT } from "./home.mjs";
import { BLUE, FAMILY, NISSAN, card, deviceOf, go, part, stage, useStage } from "./stage.mjs";

const SIZES = { "strategy-phone": { width: 390, height: 844 }, "strategy-panel": { width: 1280, height: 800 } };

const DEVICES = { device: BLUE, "device-phev": FAMILY, "device-ice": NISSAN };

useStage();

for (const [name, size] of Object.entries(SIZES)) {
  part(name, async () => {
    await stage.page.setViewportSize(size);
    await go("demo-cars");
    await card().first().locator("#picture").waitFor();
    await stage.page.waitForLoadState("networkidle");
    await stage.page.screenshot({ path: join(ROOT, "docs/images", `${name}.png`) });
  });
}

for (const [name, car] of Object.entries(DEVICES)) {
  part(name, async () => {
    // The page scrolls inside, so all of it must fit.
    await stage.page.setViewportSize({ width: 1280, height: 3700 });
    const { id } = await deviceOf(car);
    await go(`config/devices/device/${id}`);
    await stage.page.locator("ha-device-entities-card").getByText("Lock", { exact: true }).first().waitFor();
    await stage.page.waitForLoadState("networkidle");
    await stage.page.screenshot({ path: join(ROOT, "docs/images", `${name}.png`) });
  });
}
