// Tests the deliveries page in Chromium. Usage: HOSTILE=TEXT node page.cjs PAGE SCREENSHOT-FOLDER
const assert = require("node:assert/strict");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { chromium } = require("playwright-core");

const [pageFile, screenshots] = process.argv.slice(2);
const hostile = process.env.HOSTILE;
const widths = [320, 800, 1600];
// That of Jenkins for archived files: https://www.jenkins.io/doc/book/security/configuring-content-security-policy/
const jenkinsPolicy = "sandbox; default-src 'none'; img-src 'self'; style-src 'self';";

async function open(browser, url, options) {
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"], ...options });
  const page = await context.newPage();
  const problems = [];
  page.on("console", message => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", error => problems.push(error.message));
  page.on("dialog", dialog => { problems.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", request => request.url().startsWith(url.split("#")[0]) || problems.push(`request: ${request.url()}`));
  await page.goto(url);
  return { page, problems, rows: page.locator("main > details:visible"), close: () => context.close() };
}

async function fits(page, what) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(overflow, 0, `${what}: the page scrolls sideways`);
}

async function screenshot(page, name) {
  await page.screenshot({ path: path.join(screenshots, `${name}.png`), fullPage: true });
}

// The content of a row, which is the same at every width.
async function checkOpened(row) {
  const text = await row.innerText();
  for (const expected of [hostile, "x-webhook-event: build/finished", '"build_status": 2',
    "422 Unprocessable Entity", "Response 422", "buildhook redeliver "]) {
    assert.ok(text.includes(expected), `no ${expected} in ${text}`);
  }
  assert.equal(await row.locator("img, script").count(), 0);
}

// Rows open and close by keyboard, and look right at every width.
async function checkWidths(browser, url, name) {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of widths) {
      const what = `${name}-${colorScheme}-${width}`;
      const { page, problems, rows, close } = await open(browser, url, { colorScheme, viewport: { width, height: 900 } });
      assert.equal(await rows.count(), 9);
      await fits(page, what);
      await screenshot(page, `${what}-closed`);
      if (name === "page") {
        const ids = await page.locator(".where .id:visible").count();
        assert.equal(ids, width < 640 ? 0 : 9, `${what}: ids in rows`);
      }
      const row = page.locator("main > details[data-event='build/finished'][data-endpoint='device-lab']");
      await row.locator("summary").focus();
      await page.keyboard.press("Enter");
      await row.locator(".more").waitFor();
      await checkOpened(row);
      await fits(page, `${what}, opened`);
      await screenshot(page, `${what}-opened`);
      await page.keyboard.press("Space");
      await row.locator(".more").waitFor({ state: "hidden" });
      assert.deepEqual(problems.filter(problem => !problem.includes("Content Security Policy") && !problem.includes("sandboxed")), [], what);
      if (name === "page") assert.deepEqual(problems, [], what);
      await close();
    }
  }
}

async function checkFilters(browser, url) {
  const { page, problems, rows, close } = await open(browser, url, { viewport: { width: 1100, height: 900 } });
  const shown = page.locator("#shown");
  const field = name => page.locator(`form [name=${name}]`);
  assert.equal(await page.title(), "gitlab.com/example/app: webhook deliveries");
  assert.equal(await page.locator("h1").innerText(), "gitlab.com/example/app: webhook deliveries");
  assert.match(await page.locator("h1 + p").innerText(), /^3 delivered, 6 failed, 0 pending\. Written \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC from /);
  assert.equal(await shown.innerText(), "9 deliveries");
  await field("state").selectOption("failed");
  assert.equal(await rows.count(), 6);
  await field("event").selectOption("build/finished");
  await field("endpoint").selectOption("device-lab");
  assert.equal(await rows.count(), 1);
  assert.equal(await shown.innerText(), "1 of 9 deliveries");
  assert.equal(new URL(page.url()).hash, "#endpoint=device-lab&event=build%2Ffinished&state=failed");
  const summary = (await rows.first().locator("summary").innerText()).replace(/\s+/g, " ");
  assert.match(summary, /^✗ 422 build\/finished failed feature\/"quotes"&ünïcode #42 device-lab [0-9a-f]{12} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC [\d.]+ m?s$/);
  await rows.first().locator("summary").click();
  await rows.first().getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^buildhook redeliver [0-9a-f-]{36} --state-dir \/\S+\/state$/);
  // The filters outlast a reload, and can be linked to.
  await page.reload();
  assert.equal(await rows.count(), 1);
  await page.getByRole("button", { name: "Clear" }).click();
  await page.waitForFunction(() => document.getElementById("shown").textContent === "9 deliveries");
  assert.equal(new URL(page.url()).hash, "");
  // The search finds what closed rows contain, in any case.
  await field("search").fill("LOCATION: https://other.example/ moved");
  assert.equal(await rows.count(), 3);
  await field("search").fill("no such thing");
  assert.equal(await rows.count(), 0);
  assert.ok(await page.getByText("No delivery matches these filters.").isVisible());
  await page.goto(`${url}#event=build%2Ftriggered&state=nonsense`);
  assert.equal(await rows.count(), 6, "an unknown value is no filter");
  assert.deepEqual(problems, []);
  await close();
}

async function checkUnderJenkins(browser) {
  const server = http.createServer((request, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": jenkinsPolicy });
    response.end(fs.readFileSync(pageFile));
  });
  await new Promise(done => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${server.address().port}/`;
  await checkWidths(browser, url, "jenkins");
  const { page, close } = await open(browser, url, {});
  assert.equal(await page.locator("form:visible, button:visible, input:visible").count(), 0, "a control without its script");
  assert.equal(await page.locator("#shown").innerText(), "9 deliveries");
  await close();
  server.close();
}

(async () => {
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
  const url = pathToFileURL(pageFile).href;
  await checkFilters(browser, url);
  await checkWidths(browser, url, "page");
  await checkUnderJenkins(browser);
  await browser.close();
})().catch(error => { console.error(error); process.exit(1); });
