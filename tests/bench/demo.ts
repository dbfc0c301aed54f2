import { chromium } from 'playwright-core';

import { installed } from '../support/installed.ts';
import { TestServer } from '../support/server.ts';
import { median, print, verdict } from './table.ts';

// How long after the server's answer the demo's first field can be typed into, with an empty cache.

const LOADS = 11;
const LIMIT = 1_000;

await using server = await TestServer.start();
const browser = await chromium.launch({
  executablePath: installed('PLI_TEST_CHROMIUM'),
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
});
const times: number[] = [];
while (times.length < LOADS) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.url, { waitUntil: 'commit' });
  await page.getByRole('textbox').first().pressSequentially('a');
  times.push(
    await page.evaluate(() => {
      const [navigation] = performance.getEntriesByType('navigation');
      return performance.now() - (navigation as PerformanceNavigationTiming).responseStart;
    }),
  );
  await context.close();
}
await browser.close();
const typical = median(times);
print('The demo in Chromium, from the first byte of the answer to a letter in the first field', [
  [
    `the median of ${LOADS} loads without a cache`,
    `${typical.toFixed(0)} ms`,
    verdict(typical, LIMIT, 'ms'),
  ],
]);
