// Real Chromium, and pages that remember everything that went wrong in them.
import { chromium } from 'playwright-core';

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  });
}

/** A page that keeps its faults, its foreign requests and its writes. */
export async function openPage(browser, base, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', locale: 'en-GB', ...options });
  const page = await context.newPage();
  const faults = [];
  const writes = [];
  page.on('pageerror', (error) => faults.push(`page error: ${error.message}`));
  page.on('console', (message) => message.type() === 'error' && faults.push(`console: ${message.text()}`));
  page.on('response', (response) => response.status() >= 400 && faults.push(`${response.status()} ${response.url()}`));
  page.on('requestfailed', (request) => {
    // Leaving a page ends what it was still asking for.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') faults.push(`failed: ${request.url()} ${request.failure()?.errorText}`);
  });
  const own = new URL(base);
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== own.origin) faults.push(`foreign request: ${request.url()}`);
    if (!['GET', 'HEAD'].includes(request.method())) writes.push(`${request.method()} ${request.url()}`);
  });
  page.on('websocket', (socket) => new URL(socket.url()).host !== own.host && faults.push(`foreign socket: ${socket.url()}`));
  return { page, context, faults, writes };
}

/** The tile of a device on Home. */
export const tile = (page, slug) => page.locator(`li[data-device="${slug}"]`);

/** Opens a page of the house and waits until it shows live data. */
export async function goLive(page, url) {
  await page.goto(url);
  await page.getByText('Live', { exact: true }).waitFor();
}
