import { defineConfig } from "vite";

// React's and Radix's "use client" marks mean nothing in a page without a server side.
const checks = { moduleLevelDirective: false };

export default defineConfig({
  base: "/graphiql/",
  build: {
    // Monaco alone is 2.8 MB.
    chunkSizeWarningLimit: 3000,
    rolldownOptions: { checks },
  },
  worker: { format: "es", rolldownOptions: { checks } },
});
