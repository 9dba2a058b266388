// Compares the built page with its budgets (gzip; fonts as they are) and fails when one is broken.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url);
const html = readFileSync(new URL('index.html', dist), 'utf8');
const gz = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;

// The first route: what index.html names, and what those files import statically.
const first = new Set();
function follow(file) {
  if (first.has(file)) return;
  first.add(file);
  if (!file.endsWith('.js')) return;
  const code = readFileSync(new URL(file, dist), 'utf8');
  for (const [, name] of code.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) follow(`assets/${name}`);
}
for (const [, file] of html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)) follow(file);

const sum = (end, size) => [...first].filter((file) => file.endsWith(end)).reduce((all, file) => all + size(file), 0);
const whole = readdirSync(new URL('assets/', dist)).reduce((all, file) => all + statSync(new URL(`assets/${file}`, dist)).size, 0);
const measured = [
  ['first route JS, gzip', sum('.js', gz), 70_000],
  ['first route CSS, gzip', sum('.css', gz), 12_000],
  ['fonts', sum('.woff2', (file) => statSync(new URL(file, dist)).size), 60_000],
];
for (const [name, bytes, budget] of measured) {
  console.log(`${name}: ${(bytes / 1000).toFixed(1)} kB of ${budget / 1000} kB`);
  if (bytes > budget) process.exitCode = 1;
}
console.log(`all files: ${(whole / 1000).toFixed(1)} kB`);
