import { after, before, describe, test } from 'node:test';

import type { Schemas } from '@pli/client';

import { AccountPage } from '../e2e/account-page.ts';
import type { Failure } from '../e2e/person.ts';
import { altered, type Lie, says } from '../support/impostor.ts';
import { Stage } from './stage.ts';

type OwnKeys = Schemas['OwnKeys'];

/** What a server does when new keys are to be made, and what the page says of it. */
const LIES: Record<string, { call: string; lie: Lie; told: Failure }> = {
  'that it has taken keys that it drops': {
    call: 'PUT /auth/keys',
    lie: says('', 204),
    told: 'keys_not_taken',
  },
  'of a recovery code that there is not': {
    call: 'GET /auth/keys',
    lie: altered((keys: OwnKeys) => ({ ...keys, has_recovery: true })),
    told: 'recovery_code_unknown',
  },
  'that the keys were renewed as often as can be': {
    call: 'GET /auth/keys',
    lie: altered((keys: OwnKeys) => ({
      ...keys,
      key_history: Array.from({ length: 64 }, () => keys.key_history[0]),
    })),
    told: 'history_full',
  },
};

describe('a server that lies when somebody makes new keys', () => {
  let stage: Stage;
  let account: AccountPage;

  before(async () => {
    stage = await Stage.set();
    await stage.alice.signsIn();
    await stage.alice.isIn();
    account = await AccountPage.of(stage.alice);
  });

  after(async () => await stage?.[Symbol.asyncDispose]());

  for (const [name, { call, lie, told }] of Object.entries(LIES)) {
    test(`${name}: the page says so, and goes on with the keys of before`, async () => {
      const { alice, bob, own, impostor } = stage;
      {
        using _ = impostor.lieTo(call, lie);
        await account.renewsKeys(alice.password);
        await account.isTold(alice.t.rotation.title, told);
      }
      const text = `After the lie ${told}`;
      await bob.sends(text, own);
      await alice.picksConversationWith('bob');
      await alice.readsSealed(text, 'bob');
      account = await AccountPage.of(alice);
    });
  }
});
