// An update of the cards' files: after a restart a page runs the new ones, never some of each.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";

import { ROOT, start, startDemo } from "./home.mjs";
import { CARS, SLOW, card, hold, logIn, part, quiet, stage } from "./stage.mjs";

const NEEDED = ["custom_components", "demo", "requirements_demo.txt", "scripts", "simulator"];

let folder;
let files;
let options;
let address;

/** Let each file say of which release it is. */
const release = (name) => {
  for (const file of files) {
    const [content] = readFileSync(file, "utf8").split("\n// Release\n");
    writeFileSync(file, `${content}\n// Release\n(globalThis.releases ??= []).push("${name}");\n`);
  }
};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "smartcar-update-"));
  for (const name of NEEDED) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, ".venv-demo"), join(folder, ".venv-demo"));
  const modules = join(folder, "custom_components/smartcar/frontend");
  files = readdirSync(modules).filter((name) => name.endsWith(".js")).map((name) => join(modules, name));
  release("one");
  options = [...SLOW, "--keep", join(folder, "config")];
  Object.assign(stage, await start(options, /Log in/, { root: folder }));
  await hold(stage.demo);
  // By this name a browser lets Home Assistant's service worker keep files.
  address = `http://localhost:${stage.demo.ports[0]}`;
  await logIn(stage.page, address);
});

after(async () => {
  await stage.browser?.close();
  await stage.demo?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** Load the dashboard; return the release of each file that was run. */
const load = async () => {
  await stage.page.goto(`${address}/demo-cars/cars`);
  await card().nth(CARS.length - 1).waitFor();
  await stage.page.waitForFunction((count) => globalThis.releases?.length >= count, files.length);
  return stage.page.evaluate(() => globalThis.releases);
};

const all = (name) => files.map(() => name);

part("a page runs every file, and the service worker keeps them", async () => {
  await stage.page.evaluate(async () => void (await navigator.serviceWorker.ready));
  assert.deepEqual(await load(), all("one"));
  assert.deepEqual(await load(), all("one"));
  assert.ok(await stage.page.evaluate(() => Boolean(navigator.serviceWorker.controller)));
});

part("after an update and a restart no page runs files of two releases", async () => {
  const { demo, page } = stage;
  // A page that is open would complain that the connection is lost.
  await page.goto("about:blank");
  await demo.stop();
  release("two");
  stage.demo = await startDemo(options, /Log in/, { root: folder, ports: demo.ports });
  await hold(stage.demo);
  // The first page may still be the one that the service worker has kept.
  const first = await load();
  assert.deepEqual(first, all(first[0]));
  assert.deepEqual(await load(), all("two"));
});

quiet();
