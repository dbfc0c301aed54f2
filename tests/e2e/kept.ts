import type { Page } from 'playwright-core';

/** Everything that a page has put where it outlives it, or where others see it, as text. */
export async function keptBy(page: Page): Promise<string> {
  const cookies = JSON.stringify(await page.context().cookies());
  const rest = await page.evaluate(async () => {
    const parts: unknown[] = [{ ...localStorage }, { ...sessionStorage }, window.name];
    parts.push(location.href, document.title, history.state);
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => resolve(opening.result);
        opening.onerror = () => reject(opening.error);
      });
      for (const store of database.objectStoreNames) {
        const kept = database.transaction(store).objectStore(store);
        for (const asking of [kept.getAllKeys(), kept.getAll()]) {
          await new Promise((resolve) => (asking.onsuccess = resolve));
          parts.push(asking.result);
        }
      }
      database.close();
    }
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        parts.push(request.url, await (await cache.match(request))?.text());
      }
    }
    for await (const [name] of (await navigator.storage.getDirectory()).entries()) parts.push(name);
    return JSON.stringify(parts, (_, value: unknown) => {
      if (value instanceof CryptoKey) return `extractable: ${value.extractable}`;
      const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
      return bytes instanceof Uint8Array ? String.fromCharCode(...bytes) : bytes;
    });
  });
  return `${cookies}\n${rest}`;
}
