import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { compression } from 'vite-plugin-compression2';
import { answers } from './answers';

const server = process.env['PLI_PUBLIC_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  // The server gives what is compressed here to browsers that take it.
  plugins: [
    svelte(),
    answers(),
    compression({ include: /\.(css|html|js|svg|wasm)$/, algorithms: ['brotliCompress'] }),
  ],
  build: {
    // A strict Content-Security-Policy has no data: URLs; the .wasm must stay a file anyway.
    assetsInlineLimit: 0,
    // A stylesheet that once failed to load is not fetched again with the page that needs it.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: 'index.html', 'save-worker': 'src/saving/save-worker.ts' },
      output: {
        // A service worker has one address for ever, and answers only what is below it.
        entryFileNames: ({ name }) =>
          name === 'save-worker' ? '[name].js' : 'assets/[name]-[hash].js',
      },
    },
  },
  worker: { format: 'es' },
  server: {
    proxy: Object.fromEntries(
      ['/auth', '/users', '/messaging', '/files'].map((path) => [path, server]),
    ),
  },
});
