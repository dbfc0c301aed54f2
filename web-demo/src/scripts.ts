/// <reference types="vite/client" />
import strength from './strength.worker.ts?worker&url';
import vault from './vault/worker.ts?worker&url';

declare global {
  interface Window {
    trustedTypes?: {
      createPolicy(
        name: string,
        rules: { createScriptURL(name: string): string },
      ): { createScriptURL(name: string): object };
    };
  }
}

/** What the page runs beside itself, and where it is. */
const addresses = { strength, vault, 'save-worker': '/save-worker.js' } as const;

type Script = keyof typeof addresses;

/**
 * The server's policy lets scripts come from this alone: it knows three names, and takes no address.
 */
const policy = window.trustedTypes?.createPolicy('pli-scripts', {
  createScriptURL: (name) => addresses[name as Script],
});

/** The address of a script, such as Trusted Types let through where the browser has them. */
export function script(name: Script): string {
  return (policy?.createScriptURL(name) ?? addresses[name]) as string;
}
