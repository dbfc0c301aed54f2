import type { AddressInfo } from 'node:net';

import { nodeResolve } from '@rollup/plugin-node-resolve';
import * as esbuild from 'esbuild';
import { type Plugin, rollup } from 'rollup';
import * as vite from 'vite';
import webpack from 'webpack';

/** Bundles the scripts of a folder into another, in the way that the bundler's manual begins with. */
type Bundler = (scripts: Record<string, string>, into: string) => Promise<void>;

export const bundlers = {
  async esbuild(scripts, into) {
    await esbuild.build({
      entryPoints: scripts,
      outdir: into,
      bundle: true,
      format: 'esm',
      logLevel: 'error',
    });
  },

  async Rollup(scripts, into) {
    const resolving = nodeResolve({ browser: true });
    // Its types are those of an older Rollup, which another tool brings along.
    const bundle = await rollup({ input: scripts, plugins: resolving as unknown as Plugin });
    await bundle.write({ dir: into, format: 'es' });
    await bundle.close();
  },

  async Vite(scripts, into) {
    await vite.build({
      configFile: false,
      logLevel: 'error',
      base: './',
      worker: { format: 'es' },
      build: {
        outDir: into,
        rolldownOptions: { input: scripts, output: { entryFileNames: '[name].js' } },
      },
    });
  },

  webpack(scripts, into) {
    const compiler = webpack({
      mode: 'production',
      entry: scripts,
      output: { path: into, filename: '[name].js' },
      performance: false,
    });
    return new Promise((done, failed) => {
      compiler!.run((error, stats) => {
        if (error) failed(error);
        else if (stats?.hasErrors()) failed(new Error(stats.toString()));
        else compiler!.close(() => done());
      });
    });
  },
} satisfies Record<string, Bundler>;

/** Vite as one develops with it. */
export async function development(root: string): Promise<AsyncDisposable & { url: string }> {
  const server = await vite.createServer({
    configFile: false,
    root,
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0 },
  });
  await server.listen();
  const { port } = server.httpServer!.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => server.close(),
  };
}
