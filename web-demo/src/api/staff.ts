import type { PliClient, Schemas } from '@pli/client';
import { ApiError, failureOf } from '../failure';
import { answer, eachOnce } from './answer';

export type User = Schemas['User'];
export type UserPage = Schemas['UserPage'];

/** Users on a page. */
const PER_PAGE = 20;

/** What members of staff do with the accounts of others. */
export class StaffCalls {
  readonly #client: PliClient;

  constructor(client: PliClient) {
    this.#client = client;
  }

  /** A page of users, in the order in which they registered; the first is 1. */
  async users(page: number): Promise<UserPage> {
    const query = { page, per_page: PER_PAGE };
    const found = await answer(this.#client.GET('/users/all', { params: { query } }));
    return { ...found, users: eachOnce(found.users) };
  }

  /** Says whether somebody is staff, or may sign in. */
  async change(
    user_id: string,
    change: { is_staff: boolean } | { is_active: boolean },
  ): Promise<User> {
    const params = { path: { user_id } };
    const changed = answer(this.#client.PATCH('/users/{user_id}', { params, body: change }));
    return await changed.catch((cause: unknown) => {
      // The sentence for it speaks of what somebody has typed.
      if (failureOf(cause).code === 'user_not_found') throw new ApiError('account_not_found');
      throw cause;
    });
  }
}
