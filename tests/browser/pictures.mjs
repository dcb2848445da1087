// The pictures of the dashboard in docs/dashboard.md, from a real Home Assistant.

import { join } from "node:path";

import { ROOT } from "./home.mjs";
import { card, go, part, stage, useStage } from "./stage.mjs";

const SIZES = { "strategy-phone": { width: 390, height: 844 }, "strategy-panel": { width: 1280, height: 800 } };

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
