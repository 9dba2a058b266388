import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The server to develop against; `npm run dev` passes the API through to it.
const server = process.env.CONSCIOUSNESS_URL ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2022',
    // The page is embedded in the binary: no source maps, no inlined files, so that a strict
    // content policy (`default-src 'self'`) holds.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // The server refuses foreign Origin headers, so the proxy must present its own.
    proxy: Object.fromEntries(
      ['/api', '/health', '/metrics', '/openapi.json', '/docs'].map((path) => [
        path,
        { target: server, changeOrigin: true, ws: true, headers: { origin: server } },
      ]),
    ),
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
