import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import axe from 'axe-core';
import type { Page } from 'playwright-core';

const SIZES = {
  phone: { width: 390, height: 844 },
  laptop: { width: 1280, height: 800 },
};

/** Where the pictures go, for people to look at. */
const FOLDER = join('target', 'screenshots');

/**
 * Looks at a page as it stands, in both sizes and themes: takes its picture, has axe-core look for
 * what shuts people out, and sees that nothing sticks out, not even at 320 pixels.
 */
export async function look(page: Page, language: string, name: string): Promise<void> {
  await mkdir(join(FOLDER, language), { recursive: true });
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      // The frame after the next has been drawn with the new theme throughout.
      await page.evaluate(
        () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
      );
      await page.screenshot({ path: join(FOLDER, language, `${name}-${size}-${colorScheme}.png`) });
      // Every theme and every size, in every language, but not each with each: it takes a second.
      if ((size === 'phone') === (colorScheme === 'light')) {
        assert.deepEqual(await barriers(page), [], `${name}, ${language}, ${size}, ${colorScheme}`);
      }
    }
  }
  await page.setViewportSize({ width: 320, height: 640 });
  assert.deepEqual(await scrollingSideways(page), [], `${name}, ${language}, 320 pixels`);
  await page.setViewportSize(SIZES.laptop);
}

/** What scrolls sideways at 320 pixels: the page, or a part of it. */
async function scrollingSideways(page: Page): Promise<string[]> {
  // The new size takes a moment to arrive.
  const fits = () => document.documentElement.scrollWidth <= 320;
  await page.waitForFunction(fits, undefined, { timeout: 3_000 }).catch(() => {});
  return await page.evaluate(() =>
    [...document.querySelectorAll('html, body *')]
      .filter((it) => it.scrollWidth > it.clientWidth)
      .filter((it) => it.matches('html') || /auto|scroll/.test(getComputedStyle(it).overflowX))
      .map((it) => it.outerHTML.slice(0, 200)),
  );
}

async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(async () => {
    const host = window as unknown as { axe: typeof axe };
    return await host.axe.run(document, { resultTypes: ['violations'] });
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
  );
}
