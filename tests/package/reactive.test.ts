import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Contact, Identity, stretch } from '@pli/crypto';
import { reactive, ref } from '@vue/reactivity';

// Vue hands out a Proxy of every object that calls itself an Object, and a Proxy is not what the
// package has made.

test('what the package makes can be kept in the reactive state of Vue', async () => {
  const state = ref(await Identity.generate({ username: 'alice', bits: 2048 }));
  const people = reactive([await Contact.from(state.value.history, { username: 'alice' })]);
  const { envelope } = await state.value.seal({ text: 'hello' }, people);
  const letter = await state.value.open(envelope, people[0]!);
  assert.equal(letter.type === 'text' && letter.text, 'hello');
  assert.equal(state.value.username, people[0]!.username);

  const { wrappedKeys, kdf } = await state.value.lock('a long password');
  const form = reactive({ stretched: await stretch('a long password', kdf) });
  state.value = await Identity.unlock(wrappedKeys, form.stretched);
  assert.equal(state.value.username, 'alice');
});
