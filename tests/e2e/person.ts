import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import type { Page } from 'playwright-core';

import { Browser } from '../support/browser.ts';

/** Someone in front of the demo, who does what people do there. */
export class Person {
  private constructor(
    readonly name: string,
    readonly password: string,
    private readonly browser: Browser,
  ) {}

  static async at(url: string, name: string, password: string): Promise<Person> {
    return new Person(name, password, await Browser.open(url));
  }

  get page(): Page {
    return this.browser.page;
  }

  get email(): string {
    return `${this.name}@example.com`;
  }

  async signsUp(): Promise<void> {
    await this.asksForAnAccount();
    await this.isIn();
  }

  async asksForAnAccount(): Promise<void> {
    const { page } = this;
    await this.turnsTo('Sign up');
    await page.getByLabel('Username').fill(this.name);
    await page.getByLabel('E-mail').fill(this.email);
    await page.getByLabel('Password', { exact: true }).fill(this.password);
    await page.getByRole('button', { name: 'Create account' }).click();
  }

  async signsIn(password = this.password): Promise<void> {
    const { page } = this;
    await this.turnsTo('Sign in');
    await page.getByLabel('E-mail or username').fill(this.email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  private async turnsTo(name: 'Sign in' | 'Sign up'): Promise<void> {
    await this.page.getByRole('tab', { name }).or(this.page.getByRole('link', { name })).click();
  }

  async isIn(): Promise<void> {
    await this.page.getByRole('button', { name: 'Sign out' }).waitFor();
  }

  async opensConversationWith(address: string): Promise<void> {
    const { page } = this;
    await page.getByRole('button', { name: 'New letter' }).click();
    await page.getByLabel('To', { exact: true }).fill(address);
    await page.getByRole('button', { name: 'Open conversation' }).click();
  }

  async picksConversationWith(name: string): Promise<void> {
    await this.page.getByRole('navigation').getByText(name, { exact: true }).click();
  }

  async writes(text: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Letter' }).fill(text);
    await this.page.getByRole('button', { name: 'Send' }).click();
  }

  async attaches(file: { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
    await this.page.getByLabel('Attach a file').setInputFiles(file);
    await this.page.getByRole('button', { name: 'Send' }).click();
  }

  /** Waits until a letter with this in it stands on the page, and gives it. */
  async reads(text: string) {
    const letter = this.page.getByRole('article').filter({ hasText: text });
    await letter.waitFor();
    return letter;
  }

  /** Reads a letter and checks whose seal it bears. */
  async readsSealed(text: string, by: string) {
    const letter = await this.reads(text);
    await letter.getByRole('img', { name: `Signed by ${by}` }).waitFor();
    return letter;
  }

  /** Saves the file of the letter that names it. */
  async saves(fileName: string): Promise<{ name: string; bytes: Buffer }> {
    const letter = await this.reads(fileName);
    const [download] = await Promise.all([
      this.page.waitForEvent('download'),
      letter.getByRole('button', { name: 'Save' }).click(),
    ]);
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
  }

  async isTold(pattern: RegExp): Promise<void> {
    await this.page.getByRole('alert').filter({ hasText: pattern }).first().waitFor();
  }

  /** Nothing went wrong behind the page's back. */
  hasNoComplaint(): void {
    assert.deepEqual(this.browser.complaints, []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser[Symbol.asyncDispose]();
  }
}
