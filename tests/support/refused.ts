import assert from 'node:assert/strict';

import { type ErrorCode, PliError } from '@pli/crypto';

/** The call fails with a PliError of this code. */
export async function refused(code: ErrorCode, call: () => unknown): Promise<void> {
  await assert.rejects(
    async () => await call(),
    (error) => {
      assert(error instanceof PliError, `not a PliError: ${String(error)}`);
      assert.equal(error.code, code, error.message);
      return true;
    },
  );
}
