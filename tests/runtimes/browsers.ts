import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import puppeteer, { type Browser, type Page } from 'puppeteer-core';

import { installed } from '../support/installed.ts';

/** How long a step of a browser may take, in milliseconds. */
const PATIENCE = 120_000;

/** A headless browser whose pages are asked for what they came to. */
export class Host {
  private constructor(
    readonly name: string,
    private readonly browser: Browser,
    private readonly profile: string,
  ) {}

  /** The folder to which Firefox saves. */
  get downloads(): string {
    return join(this.profile, 'downloads');
  }

  static async start(name: 'Chromium' | 'Firefox'): Promise<Host> {
    const profile = await mkdtemp(join(tmpdir(), 'pli-profile-'));
    const firefox = name === 'Firefox';
    const browser = await puppeteer.launch({
      browser: firefox ? 'firefox' : 'chrome',
      executablePath: installed(firefox ? 'PLI_TEST_FIREFOX' : 'PLI_TEST_CHROMIUM'),
      headless: true,
      timeout: PATIENCE,
      userDataDir: profile,
      ...(firefox && {
        extraPrefsFirefox: {
          'browser.download.folderList': 2,
          'browser.download.dir': join(profile, 'downloads'),
        },
      }),
      args: firefox ? [] : ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
    });
    return new Host(name, browser, profile);
  }

  async open(url: string): Promise<Page> {
    const page = await this.newPage();
    await page.goto(url);
    return page;
  }

  private async newPage(): Promise<Page> {
    const page = await this.browser.newPage();
    page.setDefaultTimeout(PATIENCE);
    return page;
  }

  /** The title that the page takes in the end; what went wrong, if it never does. */
  async outcome(url: string): Promise<string> {
    const page = await this.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    try {
      await page.goto(url);
      const titled = page.waitForFunction('document.title !== ""');
      await titled.catch((error: unknown) => complaints.push(String(error)));
      return [await page.title(), ...complaints].join('\n');
    } finally {
      await page.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    // The browser may still be writing there.
    await rm(this.profile, { recursive: true, force: true, maxRetries: 10 });
  }
}
