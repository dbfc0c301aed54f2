/**
 * The crypto worker, so that no key is made and no letter opened on the page's thread; the keys of
 * the account, of contacts and of files never leave it.
 */
import { init } from '@pli/crypto';
import { expose, type ProxyMarked, transferHandlers } from 'comlink';
import { Files } from './files';
import { Keys } from './keys';
import { Letters } from './letters';

const keys = new Keys();
const files = new Files();
const letters = new Letters(keys, files);

/** What the worker offers the page. */
export interface Exposed {
  keys: Keys & ProxyMarked;
  letters: Letters & ProxyMarked;
  files: Files & ProxyMarked;
  /** Loads the WebAssembly, so that the first call needn't. */
  ready(): Promise<void>;
}

// Comlink carries name, message and stack of what was thrown; the page also needs the code.
const thrown = transferHandlers.get('throw');
if (thrown) {
  transferHandlers.set('throw', {
    ...thrown,
    serialize(marked: { value: unknown }) {
      const { value } = marked;
      if (!(value instanceof Error && 'code' in value)) return thrown.serialize(marked);
      const { name, message, code } = value;
      return [{ isError: true, value: { name, message, code } }, []];
    },
  });
}

expose({ keys, letters, files, ready: init });
