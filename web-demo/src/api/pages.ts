import { ApiError } from '../failure';

/** More pages than anybody's letters fill. */
export const MOST_PAGES = 200;

/** The pages of a list, from its latest end back to where it begins. */
export async function* pagesBack<Page extends { next?: number }>(
  ask: (before: number | undefined) => Promise<Page>,
): AsyncGenerator<Page> {
  let before: number | undefined;
  for (let count = 0; count < MOST_PAGES; count++) {
    const page = await ask(before);
    yield page;
    if (page.next === undefined) return;
    if (before !== undefined && page.next >= before) break;
    before = page.next;
  }
  throw new ApiError('bad_answer');
}
