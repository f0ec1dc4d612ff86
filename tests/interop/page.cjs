// Tests the deliveries page in Chromium. Usage: HOSTILE=TEXT node page.cjs PAGE SCREENSHOT-FOLDER
const assert = require("node:assert/strict");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { chromium } = require("playwright-core");

const [pageFile, screenshots] = process.argv.slice(2);
const hostile = process.env.HOSTILE;

async function open(browser, options) {
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"], ...options });
  const page = await context.newPage();
  const problems = [];
  page.on("console", message => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", error => problems.push(error.message));
  page.on("dialog", dialog => { problems.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", request => request.url().startsWith("file:") || problems.push(`request: ${request.url()}`));
  await page.goto(pathToFileURL(pageFile).href);
  return { page, problems };
}

(async () => {
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
  for (const colorScheme of ["light", "dark"]) {
    const { page, problems } = await open(browser, { colorScheme, viewport: { width: 1100, height: 900 } });
    const rows = page.locator("#list details");
    assert.equal(await rows.count(), 6);
    assert.equal(await page.locator("#count").textContent(), "6 of 6 shown, 3 not delivered");
    await page.selectOption("#status", "failed");
    assert.equal(await rows.count(), 3);
    assert.equal(await page.locator("#list .status.delivered").count(), 0);
    await page.selectOption("#event", "build/finished");
    assert.equal(await rows.count(), 1);
    await rows.first().locator("summary").click();
    await rows.first().locator(".more").waitFor();
    const text = await rows.first().textContent();
    assert.ok(text.includes(hostile), text);
    assert.ok(text.includes("x-webhook-event: build/finished"), text);
    assert.match(text, /422/);
    assert.equal(await page.locator("#list img, #list script").count(), 0);
    await rows.first().getByRole("button", { name: "Copy" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^buildhook redeliver [0-9a-f-]{36}$/);
    await page.screenshot({ path: path.join(screenshots, `page-${colorScheme}.png`), fullPage: true });
    await page.selectOption("#event", "build/triggered");
    await page.selectOption("#status", "delivered");
    assert.equal(await rows.count(), 2);
    await page.selectOption("#status", "");
    await page.selectOption("#event", "");
    await page.screenshot({ path: path.join(screenshots, `list-${colorScheme}.png`), fullPage: true });
    assert.deepEqual(problems, []);
  }
  const { page, problems } = await open(browser, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
  await page.locator("#list summary").first().tap();
  await page.locator("#list .more").waitFor();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(overflow, 0, "the page scrolls sideways on a phone");
  await page.screenshot({ path: path.join(screenshots, "page-phone.png") });
  assert.deepEqual(problems, []);
  await browser.close();
})().catch(error => { console.error(error); process.exit(1); });
