// Joins the licences of what is shipped inside the page. The built page carries them.
import { readFileSync, writeFileSync } from 'node:fs';

const shipped = ['@fontsource-variable/figtree', '@fontsource-variable/fraunces', '@lucide/svelte', 'svelte', 'uplot', 'uqr'];
const folder = new URL('../node_modules/', import.meta.url);
const text = (name) => {
  for (const file of ['LICENSE', 'LICENSE.md', 'LICENSE.txt']) {
    try {
      return readFileSync(new URL(`${name}/${file}`, folder), 'utf8').trim();
    } catch {}
  }
  throw new Error(`${name} has no licence file`);
};
writeFileSync(
  new URL('../dist/licences.txt', import.meta.url),
  shipped.map((name) => `${name}\n${'='.repeat(name.length)}\n\n${text(name)}\n`).join('\n\n'),
);
