import { ApiError } from '../failure';

/** More pages than anybody's letters fill. */
export const MOST_PAGES = 200;

/** Conversations of a page, and more pages than anybody's conversations fill. */
export const CONVERSATIONS = { perPage: 100, mostPages: 50 };

/** The pages of a list, from its latest end back to where it begins. */
export async function* pagesBack<Page extends { next?: number }>(
  ask: (before: number | undefined) => Promise<Page>,
  mostPages = MOST_PAGES,
): AsyncGenerator<Page> {
  let before: number | undefined;
  for (let count = 0; count < mostPages; count++) {
    const page = await ask(before);
    yield page;
    if (page.next === undefined) return;
    if (before !== undefined && page.next >= before) break;
    before = page.next;
  }
  throw new ApiError('bad_answer');
}
