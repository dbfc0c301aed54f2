import type { Person } from './person.ts';

/** Opens the safety numbers of the conversation in view. */
export async function compares({ page, t }: Person): Promise<void> {
  await page.getByRole('button', { name: t.trust.compare }).click();
  await page.getByRole('heading', { name: t.trust.title }).waitFor();
}

/** Whether the conversation in view is with somebody verified. */
export async function isVerified({ page, t }: Person): Promise<boolean> {
  return (await page.getByText(t.trust.verified, { exact: true }).count()) > 0;
}
