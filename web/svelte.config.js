import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
  // A warning of the compiler (most are about accessibility) is an error here.
  onwarn(warning) {
    if (warning.filename?.includes('node_modules')) return;
    throw new Error(`${warning.filename}: ${warning.code}: ${warning.message}`);
  },
  vitePlugin: {
    // Icons come as their authors wrote them.
    dynamicCompileOptions: ({ filename }) => (filename.includes('node_modules') ? { runes: undefined } : undefined),
  },
};
