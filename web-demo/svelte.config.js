/** @type {import('@sveltejs/vite-plugin-svelte').SvelteConfig} */
export default {
  compilerOptions: {
    runes: true,
    // Builds elements one by one rather than through innerHTML, as Trusted Types wants it.
    fragments: 'tree',
  },
};
