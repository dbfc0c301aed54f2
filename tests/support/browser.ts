import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type BrowserContext, chromium, type Page } from 'playwright-core';

import { installed } from './installed.ts';

/** A browser with a profile of its own, with one page open on the demo. */
export class Browser {
  /** What went wrong in the page unseen: exceptions, console errors, requests to elsewhere. */
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
    /** The folder of what it keeps; none for a further tab. */
    readonly profile: string,
    private readonly url: string,
  ) {}

  /** Another tab of this browser. */
  async openTab(): Promise<Browser> {
    const tab = new Browser(await this.context.newPage(), this.context, '', this.url);
    tab.listen();
    await tab.page.goto(this.url);
    return tab;
  }

  static async open(
    url: string,
    {
      locale = 'en-GB',
      viewport = { width: 1280, height: 800 },
      colorScheme = 'light' as 'light' | 'dark',
    } = {},
  ): Promise<Browser> {
    const profile = await mkdtemp(join(tmpdir(), 'pli-profile-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: installed('PLI_TEST_CHROMIUM'),
      headless: true,
      locale,
      viewport,
      colorScheme,
      acceptDownloads: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    // Keys of 3072 bits are made in seconds, or in a minute where much else is being done.
    context.setDefaultTimeout(120_000);
    const page = context.pages()[0] ?? (await context.newPage());
    const browser = new Browser(page, context, profile, url);
    browser.listen();
    context.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== new URL(url).origin) {
        browser.complaints.push(`a request to ${request.url()}`);
      }
    });
    await page.goto(url);
    return browser;
  }

  private listen(): void {
    this.page.on('pageerror', (error) => this.complaints.push(String(error)));
    this.page.on('console', (message) => {
      // Refusals that the page handles, such as a wrong password, are printed by the browser too.
      const handled = /^Failed to load resource: the server responded with a status of 4/;
      if (message.type() === 'error' && !handled.test(message.text())) {
        this.complaints.push(message.text());
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.profile === '') return await this.page.close();
    // What a test still answers in the server's place is not waited for.
    for (const page of this.context.pages()) await page.unrouteAll({ behavior: 'ignoreErrors' });
    await this.context.close();
    // A process of the browser may outlive it by a moment.
    await rm(this.profile, { recursive: true, force: true, maxRetries: 10 });
  }
}
