import { readFile } from 'node:fs/promises';

import type { Download, Locator } from 'playwright-core';

import type { Failure, Person } from './person.ts';

/** The page of somebody's own account. */
export class AccountPage {
  private constructor(private readonly person: Person) {}

  /** Somebody goes there. */
  static async of(person: Person): Promise<AccountPage> {
    const { page, t } = person;
    await page.getByRole('button', { name: t.list.account, exact: true }).click();
    await page.getByRole('heading', { name: t.account.title, level: 1 }).waitFor();
    return new AccountPage(person);
  }

  private get t() {
    return this.person.t.account;
  }

  section(title: string): Locator {
    return this.person.page.getByRole('region', { name: title, exact: true });
  }

  get devices(): Locator {
    return this.section(this.t.devices.title);
  }

  get others(): Locator {
    return this.devices.getByRole('listitem').filter({ hasNotText: this.t.devices.here });
  }

  /** Waits until the account is signed in on so many other devices. */
  async listsOthers(count: number): Promise<void> {
    const { others } = this;
    await this.devices.getByText(this.t.devices.here).waitFor();
    await others.nth(count).waitFor({ state: 'detached' });
    if (count > 0) await others.nth(count - 1).waitFor();
  }

  async endsFirstOther(): Promise<void> {
    await this.others.first().getByRole('button', { name: this.t.devices.end }).click();
  }

  async endsAllOthers(): Promise<void> {
    await this.devices.getByRole('button', { name: this.t.devices.endOthers }).click();
  }

  /** Unfolds a form, unless it is open. */
  private async unfolds(section: Locator, label: string): Promise<void> {
    const open = section.locator('details[open]');
    if ((await open.count()) === 0) await section.getByText(label, { exact: true }).last().click();
  }

  async changesPassword(current: string, wanted: string): Promise<void> {
    const { change } = this.t;
    const section = this.section(change.title);
    await this.unfolds(section, change.open);
    await section.getByLabel(change.current, { exact: true }).fill(current);
    await section.getByLabel(change.wanted, { exact: true }).fill(wanted);
    await section.getByRole('button', { name: change.submit }).click();
  }

  async hasChangedPassword(): Promise<void> {
    await this.section(this.t.change.title).getByText(this.t.change.done).waitFor();
  }

  get renewal(): Locator {
    return this.section(this.person.t.rotation.title);
  }

  /** Has new keys made. */
  async renewsKeys(password: string): Promise<void> {
    const { rotation } = this.person.t;
    await this.unfolds(this.renewal, rotation.open);
    await this.renewal.getByLabel(rotation.password, { exact: true }).fill(password);
    await this.renewal.getByRole('button', { name: rotation.submit }).click();
  }

  /** Asks for a new recovery code, and proves the password. */
  async makesRecovery(password: string): Promise<void> {
    const { page, t } = this.person;
    const dialog = page.getByRole('dialog');
    if (!(await dialog.isVisible())) {
      await page.getByRole('button', { name: this.t.recovery.make }).click();
    }
    const field = dialog.getByLabel(t.signIn.password, { exact: true });
    await field.fill(password);
    await field.press('Enter');
  }

  async asksForCopy(password: string): Promise<void> {
    const section = this.section(this.t.export.title);
    await this.unfolds(section, this.t.export.open);
    await section.getByLabel(this.t.password, { exact: true }).fill(password);
    await section.getByRole('button', { name: this.t.export.submit }).click();
  }

  /** Saves everything that the server holds. */
  async savesCopy(password: string): Promise<{ name: string; text: string }> {
    const copy = await this.begins(() => this.asksForCopy(password));
    const form = this.section(this.t.export.title).locator('details[open]');
    await form.waitFor({ state: 'detached' });
    const text = await readFile(await copy.path(), 'utf8');
    return { name: copy.suggestedFilename(), text };
  }

  /** The download that something begins. */
  async begins(work: () => Promise<void>): Promise<Download> {
    const [download] = await Promise.all([this.person.page.waitForEvent('download'), work()]);
    return download;
  }

  async deletes(username: string, password: string): Promise<void> {
    const { deletion } = this.t;
    const section = this.section(deletion.title);
    await this.unfolds(section, deletion.open);
    await section.getByLabel(deletion.name).fill(username);
    await section.getByLabel(this.t.password, { exact: true }).fill(password);
    await section.getByRole('button', { name: deletion.submit }).click();
  }

  /** Is told in a section what went wrong. */
  async isTold(title: string, failure: Failure): Promise<void> {
    const sentence = this.person.t.failures[failure];
    await this.section(title).getByRole('alert').getByText(sentence).waitFor();
  }
}
