import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import axe from 'axe-core';
import type { Locator, Page } from 'playwright-core';

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
    await resize(page, viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await drawn(page);
      await page.screenshot({ path: join(FOLDER, language, `${name}-${size}-${colorScheme}.png`) });
      // Every theme and every size, in every language, but not each with each: it takes a second.
      if ((size === 'phone') === (colorScheme === 'light')) {
        assert.deepEqual(await barriers(page), [], `${name}, ${language}, ${size}, ${colorScheme}`);
      }
    }
  }
  await resize(page, { width: 320, height: 640 });
  assert.deepEqual(await scrollingSideways(page), [], `${name}, ${language}, 320 pixels`);
  assert.deepEqual(await cutOff(page), [], `${name}, ${language}, 320 pixels`);
  await resize(page, SIZES.laptop);
}

type Size = (typeof SIZES)['phone'];

/** Gives the window another size, and waits until the page has followed. */
export async function resize(page: Page, size: Size): Promise<void> {
  await page.setViewportSize(size);
  const arrived = ({ width, height }: Size) => innerWidth === width && innerHeight === height;
  await page.waitForFunction(arrived, size);
  await drawn(page);
}

/** The frame after the next is laid out, scrolled and drawn with all that changed before. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
  );
}

/** What scrolls sideways at 320 pixels: the page, or a part of it. */
async function scrollingSideways(page: Page): Promise<string[]> {
  return await page.evaluate(() =>
    [...document.querySelectorAll('html, body *')]
      .filter((it) => it.scrollWidth > it.clientWidth)
      .filter((it) => it.matches('html') || /auto|scroll/.test(getComputedStyle(it).overflowX))
      .map((it) => it.outerHTML.slice(0, 200)),
  );
}

/** What can be pressed, filled in or read but ends outside of the window. */
async function cutOff(page: Page): Promise<string[]> {
  return await page.evaluate(() =>
    [...document.querySelectorAll('h1, h2, article, button, input, textarea')]
      .filter((it) => it.checkVisibility() && !it.matches('.visually-hidden'))
      .filter((it) => {
        const { left, right } = it.getBoundingClientRect();
        return left < 0 || right > innerWidth;
      })
      .map((it) => it.outerHTML.slice(0, 200)),
  );
}

/** Sees that as many pixels of something as it is high, or this many, can be scrolled to. */
export async function reach(place: Locator, height = 100): Promise<void> {
  const seen = await place.evaluate(async (it) => {
    it.scrollIntoView({ block: 'center' });
    const [entry] = await new Promise<IntersectionObserverEntry[]>((resolve) =>
      new IntersectionObserver(resolve).observe(it),
    );
    const { intersectionRect, boundingClientRect } = entry!;
    return { of: boundingClientRect.height, height: intersectionRect.height };
  });
  assert(seen.height >= Math.min(height, seen.of) && seen.of > 0, `${place}: ${seen.height} px`);
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
