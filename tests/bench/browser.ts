import { Host } from '../runtimes/browsers.ts';
import { bundlers } from '../runtimes/bundlers.ts';
import { serve } from '../runtimes/pages.ts';
import { Project } from '../runtimes/project.ts';
import { median, print, verdict } from './table.ts';

// How long `init()` takes in Chromium when page and WebAssembly are in the browser's cache, and what
// a file costs there on the page and behind the worker.

const LOADS = 10;
const LIMIT = 50;

const SCRIPTS = {
  init: `import { init } from '@pli/crypto';
    const start = performance.now();
    await init();
    document.title = String(performance.now() - start);`,
  page: fileScript('@pli/crypto'),
  worker: fileScript('@pli/crypto/worker'),
};

/** Seals and opens 64 MiB; the title is how fast, both ways. */
function fileScript(entry: string): string {
  return `import { openFile, sealFile } from '${entry}';
    const drain = async (stream) => {
      const pieces = [];
      const reader = stream.getReader();
      for (let next; !(next = await reader.read()).done;) pieces.push(next.value);
      return new Blob(pieces);
    };
    const plaintext = new Blob([new Uint8Array(64 << 20)]);
    const round = async () => {
      const start = performance.now();
      const file = sealFile(plaintext, { name: 'a', mediaType: 'a/b', policy: 'any' });
      const sealed = await drain(file.stream);
      const between = performance.now();
      await drain(openFile(await file.descriptor, sealed.stream(), { policy: 'any' }));
      return [between - start, performance.now() - between];
    };
    await round();
    const times = await round();
    document.title = times.map((time) => (64_000 / time).toFixed(0) + ' MiB/s').join(' ');`;
}

await using project = await Project.install();
await using server = await serve(project.folder);
await using browser = await Host.start('Chromium');
const entries: Record<string, string> = {};
for (const [name, script] of Object.entries(SCRIPTS)) {
  entries[name] = await project.write(`source/${name}.js`, script);
  const html = `<!doctype html><title></title><script type="module" src="${name}.js"></script>`;
  await project.write(`built/${name}.html`, html);
}
await bundlers.Vite(entries, project.path('built'));
const outcome = (name: string) => browser.outcome(`${server.url}/built/${name}.html`);

const cold = Number(await outcome('init'));
const warm: number[] = [];
while (warm.length < LOADS) warm.push(Number(await outcome('init')));
const typical = median(warm);
print('init() in Chromium', [
  ['the first load', `${cold.toFixed(0)} ms`, ''],
  [`the median of ${LOADS} warm loads`, `${typical.toFixed(0)} ms`, verdict(typical, LIMIT, 'ms')],
]);
print('A file of 64 MiB in Chromium', [
  ['', 'sealed', 'opened'],
  ['on the page', ...(await outcome('page')).split(/(?<=s) /)],
  ['behind the worker', ...(await outcome('worker')).split(/(?<=s) /)],
]);
