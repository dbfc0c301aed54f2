import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const server = process.env['PLI_PUBLIC_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [svelte()],
  build: {
    // A strict Content-Security-Policy has no data: URLs; the .wasm must stay a file anyway.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
  server: {
    proxy: Object.fromEntries(
      ['/auth', '/users', '/messaging', '/files'].map((path) => [path, server]),
    ),
  },
});
