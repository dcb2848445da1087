// A Home Assistant with simulated cars for a browser, and the browser.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";

export const ROOT = resolve(import.meta.dirname, "../..");

// Far from what is measured: set-up takes half a minute, a step a second or two, and a
// machine that others use, too, is several times slower.
const START = 300_000;
const STEP = 120_000;
const PART = 300_000;

const SAID = 40;

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

// Answers are judged by their addresses, and the graphics of a machine without a screen not at all.
const HARMLESS = /^Failed to load resource|WebGL|GPU stall|GL Driver/;

const HERE = ["127.0.0.1", "localhost"];

// Icons of brands and tiles of maps come from outside this machine.
const FROM_OUTSIDE = /\/api\/(brands|map_tiles)\//;

/** Return a port that is free now. */
export const freePort = async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
};

/** Start the demo, and return its addresses once a line matches `ready`. */
export const startDemo = async (options, ready, { root = ROOT, ports } = {}) => {
  const [port, simulatorPort] = ports ?? [await freePort(), await freePort()];
  const places = ["--port", port, "--simulator-port", simulatorPort].map(String);
  const child = spawn(join(root, "scripts/demo"), [...options, ...places], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const log = [];
  const stop = async () => {
    child.removeAllListeners("exit");
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  };
  let timer;
  try {
    await new Promise((done, fail) => {
      timer = setTimeout(() => fail(new Error(`no demo after ${START} ms:\n${log.join("\n")}`)), START);
      lines.on("line", (line) => {
        log.push(line);
        if (ready.test(line)) done();
      });
      child.once("exit", (code) => fail(new Error(`the demo ended with ${code}:\n${log.join("\n")}`)));
    });
  } catch (error) {
    // What runs on would keep the tests from ending.
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return {
    ports: [port, simulatorPort],
    address: `http://127.0.0.1:${port}`,
    simulator: `http://127.0.0.1:${simulatorPort}`,
    log,
    stop,
  };
};

/** Return what the simulated Smartcar knows. */
export const truth = async (demo) => (await fetch(`${demo.simulator}/control/state`)).json();

/** Act on the simulated Smartcar as its control page does. */
export const control = async (demo, path, content = {}, method = "POST") => {
  const answer = await fetch(`${demo.simulator}/control/${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(content),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
};

/** Start a browser that collects what its pages complain about. */
export const startBrowser = async (options = {}) => {
  const modules = process.env.BROWSER_MODULES ?? join(ROOT, "tests/frontend");
  const { chromium } = createRequire(join(modules, "package.json"))("playwright-core");
  const executablePath = process.env.CHROMIUM ?? CHROMIUM.find(existsSync);
  if (!executablePath) throw new Error("There is no Chromium; scripts/browser installs one.");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: "en-US",
    timezoneId: "Europe/Berlin",
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(STEP);
  const complaints = [];
  const said = [];
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("console", (message) => {
    const text = message.text();
    said.push(`${message.type()}: ${text}`);
    if (message.type() === "error" && !HARMLESS.test(text)) complaints.push(text);
  });
  context.on("response", (response) => {
    const { hostname, pathname } = new URL(response.url());
    if (!HERE.includes(hostname) || response.status() < 400) return;
    if (!FROM_OUTSIDE.test(pathname)) complaints.push(`${response.status()} ${pathname}`);
  });
  return { browser, context, complaints, said };
};

/** Start the demo and a browser with a page; neither is left alone if the other fails. */
export const start = async (...demo) => {
  const found = await Promise.allSettled([startDemo(...demo), startBrowser()]);
  const [started, { value: opened }] = found;
  const failed = found.find(({ status }) => status === "rejected");
  if (failed) {
    await opened?.browser.close();
    await started.value?.stop();
    throw failed.reason;
  }
  return { demo: started.value, ...opened, page: await opened.context.newPage() };
};

/** End what takes too long with an error, so that a test can show where it stands. */
const within = async (milliseconds, run) => {
  let timer;
  const end = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`not done after ${milliseconds} ms`)), milliseconds);
  });
  try {
    await Promise.race([run(), end]);
  } finally {
    clearTimeout(timer);
  }
};

let folder;

/** Print what a page shows, what it and Home Assistant said, and where its picture is. */
const show = async (name, { page, said, demo }) => {
  folder ??= mkdtempSync(join(tmpdir(), "smartcar-browser-"));
  const path = join(folder, `${name.replaceAll(/\W+/g, "-")}.png`);
  // A page that does not answer must not hide the failure.
  const shown = await page.locator("body").ariaSnapshot({ timeout: 10_000 }).catch(String);
  const picture = await page.screenshot({ path, timeout: 10_000 }).then(() => path, String);
  const lines = [
    `--- ${name}: the page ${page.url()}`,
    shown,
    "--- its console",
    ...said.slice(-SAID),
    "--- the demo",
    ...demo.log.slice(-SAID),
    `--- its picture: ${picture}`,
  ];
  console.error(lines.join("\n"));
};

/** Test a part of what a user does; `stage()` is the page and what goes with it. */
export const part = (name, stage, run) =>
  test(name, async () => {
    try {
      await within(PART, run);
    } catch (error) {
      if (!error.isShown) await show(name, stage());
      throw error;
    }
  });
