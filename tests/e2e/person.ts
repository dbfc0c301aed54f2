import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import type { Download, Locator, Page } from 'playwright-core';

import { en, type Strings } from '../../web-demo/src/strings/en.ts';
import { fr } from '../../web-demo/src/strings/fr.ts';
import { register } from '../support/account.ts';
import { Browser } from '../support/browser.ts';

const languages = { 'en-GB': en, 'fr-FR': fr } as const;

export type Language = keyof typeof languages;

/** Size and theme of a browser's window. */
export interface Look {
  viewport?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
}

/** What a failure is called; the page has a sentence for it. */
export type Failure = keyof Strings['failures'];

/** Someone in front of the demo, who does what people do there. */
export class Person {
  private constructor(
    readonly name: string,
    readonly password: string,
    private readonly browser: Browser,
    readonly t: Strings,
  ) {}

  static async at(
    url: string,
    name: string,
    password: string,
    locale: Language = 'en-GB',
    look: Look = {},
  ): Promise<Person> {
    const browser = await Browser.open(url, { locale, ...look });
    return new Person(name, password, browser, languages[locale]);
  }

  get page(): Page {
    return this.browser.page;
  }

  /** The folder of the browser's profile. */
  get profile(): string {
    return this.browser.profile;
  }

  get email(): string {
    return `${this.name}@example.com`;
  }

  async signsUp(how: { stays?: boolean } = {}): Promise<void> {
    await this.asksForAnAccount(this.email, how);
    await this.keepsRecoveryCode();
    await this.isIn();
  }

  /** Has an account that was made elsewhere, and signs in. Gives the recovery code. */
  async joins(how: { stays?: boolean } = {}): Promise<string> {
    const code = await register(new URL(this.page.url()).origin, this.name, this.password);
    await this.signsIn(this.password, how);
    await this.isIn();
    return code;
  }

  async asksForAnAccount(email = this.email, { stays = false } = {}): Promise<void> {
    const { page } = this;
    const t = this.t.signUp;
    await this.turnsTo(t.title);
    await page.getByLabel(t.username).fill(this.name);
    await page.getByLabel(t.email).fill(email);
    await page.getByLabel(t.password, { exact: true }).fill(this.password);
    await page.getByLabel(this.t.stay.label).setChecked(stays);
    await page.getByRole('button', { name: t.submit }).click();
  }

  /** Notes the recovery code and types it back. */
  async keepsRecoveryCode(): Promise<string> {
    const code = await this.readsRecoveryCode();
    const t = this.t.recovery;
    await this.page.getByRole('button', { name: t.next }).click();
    await this.typesRecoveryCode(code);
    await this.page.getByRole('heading', { name: t.title }).waitFor({ state: 'detached' });
    return code;
  }

  async readsRecoveryCode(): Promise<string> {
    const groups = this.page.getByRole('main').locator('[translate=no] .group');
    await groups.first().waitFor();
    return (await groups.allInnerTexts()).join('');
  }

  async typesRecoveryCode(code: string): Promise<void> {
    const t = this.t.recovery;
    await this.page.getByLabel(t.code).fill(code);
    await this.page.getByRole('button', { name: t.confirm }).click();
  }

  async signsIn(
    password = this.password,
    { stays = false, name = this.email } = {},
  ): Promise<void> {
    const { page } = this;
    const t = this.t.signIn;
    await this.turnsTo(t.title);
    await page.getByLabel(t.name).fill(name);
    await page.getByLabel(t.password, { exact: true }).fill(password);
    await page.getByLabel(this.t.stay.label).setChecked(stays);
    await page.getByRole('button', { name: t.submit }).click();
  }

  private async turnsTo(name: string): Promise<void> {
    await this.page.getByRole('link', { name }).click();
  }

  /** Sets a new password by recovery code. */
  async recovers(code: string, password: string): Promise<void> {
    const { page } = this;
    const t = this.t.recover;
    await this.turnsTo(this.t.signIn.title);
    await page.getByRole('link', { name: this.t.signIn.forgotten }).click();
    await page.getByLabel(this.t.signIn.name).fill(this.email);
    await page.getByLabel(t.code).fill(code);
    await page.getByLabel(t.password, { exact: true }).fill(password);
    await page.getByRole('button', { name: t.submit }).click();
  }

  async locks(): Promise<void> {
    await this.page.getByRole('button', { name: this.t.list.lock }).click();
    await this.isLockedOut();
  }

  /** Finds the page locked, and nothing readable on it. */
  async isLockedOut(): Promise<void> {
    await this.page.getByRole('heading', { name: this.t.locked.title }).waitFor();
  }

  async unlocks(password = this.password): Promise<void> {
    const { page } = this;
    await page.getByLabel(this.t.signIn.password, { exact: true }).fill(password);
    await page.getByRole('button', { name: this.t.locked.submit }).click();
  }

  async signsOut(): Promise<void> {
    await this.page.getByRole('button', { name: this.t.list.signOut }).click();
    await this.isAskedToSignIn();
  }

  /** Opens another tab of the same browser. */
  async opensTab(): Promise<Person> {
    return new Person(this.name, this.password, await this.browser.openTab(), this.t);
  }

  /** Is told that the account has another e-mail address than the one just typed. */
  async isToldOfAddress(email: string): Promise<void> {
    await this.page.getByRole('alert').getByText(this.t.list.keptEmail(email)).waitFor();
  }

  /** Finds the page on which one signs in. */
  async isAskedToSignIn(): Promise<void> {
    await this.page.getByRole('button', { name: this.t.signIn.submit }).waitFor();
  }

  async isIn(): Promise<void> {
    await this.page.getByRole('button', { name: this.t.list.newLetter, exact: true }).waitFor();
  }

  async opensConversationWith(address: string): Promise<void> {
    const { page, t } = this;
    await page.getByRole('button', { name: t.list.newLetter, exact: true }).click();
    await page.getByLabel(t.newLetter.to, { exact: true }).fill(address);
    await page.getByRole('button', { name: t.newLetter.submit }).click();
  }

  async picksConversationWith(name: string): Promise<void> {
    await this.page.getByRole('navigation').getByText(name, { exact: true }).click();
  }

  async writes(text: string): Promise<void> {
    const { page } = this;
    const t = this.t.conversation;
    await page.getByRole('textbox', { name: t.letter }).fill(text);
    await page.getByRole('button', { name: t.send }).click();
  }

  /** Types without sending. */
  async drafts(text: string): Promise<void> {
    await this.page.getByRole('textbox', { name: this.t.conversation.letter }).fill(text);
  }

  /** Finds this on the desk, not sent. */
  async hasDraft(text: string): Promise<void> {
    const desk = this.page.getByRole('textbox', { name: this.t.conversation.letter });
    assert.equal(await desk.inputValue(), text);
  }

  /** Sees how many letters of a conversation are new; none when the count is 0. */
  async sees(unread: number, name: string): Promise<void> {
    const { page, t } = this;
    const row = page.getByRole('navigation').getByRole('listitem').filter({ hasText: name });
    if (unread > 0) return await row.getByText(t.list.unread(unread)).waitFor();
    for (const count of [1, 2]) {
      await row.getByText(t.list.unread(count)).waitFor({ state: 'detached' });
    }
  }

  async deletes(text: string): Promise<void> {
    const { page } = this;
    const t = this.t.letter;
    const letter = await this.reads(text);
    await letter.getByRole('button', { name: t.remove }).click();
    await page.getByRole('dialog').getByRole('button', { name: t.remove }).click();
    await this.misses(text);
  }

  /** Sees that no letter with this in it is on the page any more. */
  async misses(text: string): Promise<void> {
    const letter = this.page.getByRole('article').filter({ hasText: text });
    await letter.waitFor({ state: 'detached' });
  }

  /** Sends a file: its bytes, or one on the disk. */
  async attaches(file: { name: string; mimeType: string; buffer: Buffer } | string): Promise<void> {
    if (typeof file !== 'string') await this.picks(file);
    else await this.page.getByLabel(this.t.conversation.attach).setInputFiles(file);
    await this.page.getByRole('button', { name: this.t.conversation.send }).click();
  }

  /** Picks a file to attach; one without a media type is of a kind that the system doesn't know. */
  async picks(file: { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
    const input = this.page.getByLabel(this.t.conversation.attach);
    if (file.mimeType !== '') return await input.setInputFiles(file);
    await input.evaluate(
      (input: HTMLInputElement, [name, text]) => {
        const picked = new DataTransfer();
        picked.items.add(new File([text], name));
        input.files = picked.files;
        input.dispatchEvent(new Event('change', { bubbles: true }));
      },
      [file.name, file.buffer.toString()] as const,
    );
  }

  /** Brings a file by pasting it, or by dropping it on the letters. */
  async brings(how: 'paste' | 'drop', name: string, bytes: Buffer): Promise<void> {
    const { page, t } = this;
    const [target, event] =
      how === 'paste'
        ? [page.getByRole('textbox', { name: t.conversation.letter }), 'ClipboardEvent']
        : [page.getByRole('main').getByRole('region').first(), 'DragEvent'];
    await target.evaluate(
      (target, [how, event, name, text]) => {
        const data = new DataTransfer();
        const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
        data.items.add(new File([bytes], name, { type: 'image/png' }));
        const init = { bubbles: true, cancelable: true };
        target.dispatchEvent(
          event === 'DragEvent'
            ? new DragEvent(how, { ...init, dataTransfer: data })
            : new ClipboardEvent(how, { ...init, clipboardData: data }),
        );
      },
      [how, event, name, bytes.toString('base64')] as const,
    );
    await page.getByRole('button', { name: t.conversation.detach(name) }).waitFor();
  }

  /** Looks at the file of a letter without saving it. */
  async shows(fileName: string): Promise<void> {
    const letter = await this.reads(fileName);
    await letter.getByRole('button', { name: this.t.letter.show, exact: true }).click();
  }

  /** Presses Tab until what has this name has the focus. */
  async tabsTo(name: string): Promise<void> {
    for (let presses = 0; presses < 60; presses++) {
      await this.page.keyboard.press('Tab');
      const focused = await this.page.evaluate(() => {
        const it = document.activeElement;
        return it?.getAttribute('aria-label') ?? it?.textContent?.trim() ?? '';
      });
      if (focused.startsWith(name)) return;
    }
    assert.fail(`Tab does not lead to ${name}`);
  }

  /** Finds the focus there. */
  async isAt(place: Locator): Promise<void> {
    const element = await place.elementHandle();
    await this.page.waitForFunction((it) => document.activeElement === it, element);
  }

  /** Sees that the letters are still being opened. */
  async waitsForLetters(): Promise<void> {
    await this.page.getByRole('status').getByText(this.t.conversation.loading).waitFor();
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
    await letter.getByRole('img', { name: this.t.letter.signedBy(by) }).waitFor();
    return letter;
  }

  /** Saves the file of the letter that names it. */
  async saves(fileName: string): Promise<{ name: string; bytes: Buffer }> {
    const download = await this.downloads(fileName);
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
  }

  /** Saves the file of a letter to the browser's downloads. */
  async downloads(fileName: string): Promise<Download> {
    const letter = await this.reads(fileName);
    const [download] = await Promise.all([
      this.page.waitForEvent('download'),
      letter.getByRole('button', { name: this.t.letter.save }).click(),
    ]);
    return download;
  }

  /** Is told that the file of a letter is whole and saved. */
  async hasSaved(fileName: string): Promise<void> {
    const letter = await this.reads(fileName);
    await letter.getByText(this.t.letter.saved).waitFor();
  }

  /** Tries to save the file of a letter and is told, in the letter, why that is not possible. */
  async failsToSave(fileName: string, failure: Failure): Promise<void> {
    const letter = await this.reads(fileName);
    await letter.getByRole('button', { name: this.t.letter.save }).click();
    await letter.getByRole('alert').getByText(this.t.failures[failure]).waitFor();
  }

  /** Finds in a letter of one's own why it could not be sent. */
  async failsToSend(text: string, failure: Failure): Promise<void> {
    const letter = await this.reads(text);
    await letter.getByRole('alert').getByText(this.t.failures[failure]).waitFor();
  }

  /** Sees that a letter stands there with its seal broken, and the reason. */
  async seesBrokenSeal(reason: keyof Strings['broken']): Promise<void> {
    const broken = this.page.getByRole('article').filter({ hasText: this.t.broken[reason] });
    await broken.getByRole('img', { name: this.t.letter.notOpened }).first().waitFor();
  }

  /** Sees that a letter waits for the connection. */
  async holds(text: string): Promise<void> {
    const letter = await this.reads(text);
    await letter.getByText(this.t.letter.held).waitFor();
  }

  /** Reads the sentence for a failure. */
  async isTold(failure: Failure): Promise<void> {
    const sentence = this.t.failures[failure];
    await this.page.getByRole('alert').filter({ hasText: sentence }).first().waitFor();
  }

  /** What went wrong behind the page's back. */
  get complaints(): readonly string[] {
    return this.browser.complaints;
  }

  /** Nothing went wrong behind the page's back. */
  hasNoComplaint(): void {
    assert.deepEqual(this.browser.complaints, []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser[Symbol.asyncDispose]();
  }
}
