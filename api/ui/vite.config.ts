import { defineConfig, type Plugin } from "vite";

// The explorer's inputs take the focus whenever they appear: the pane would open scrolled down to the last argument of
// the query, and the next key typed would replace that argument. They may take it where the user is in the explorer.
const explorerFocus: Plugin = {
  name: "explorer-focus",
  transform: {
    filter: { id: /graphiql-explorer\/dist\/Explorer\.js$/ },
    handler(code) {
      const patched = code.replace(
        "!(activeElement instanceof HTMLTextAreaElement)",
        "activeElement.closest('.graphiql-explorer-root')",
      );
      if (patched === code) this.error("graphiql-explorer has changed: see whether its inputs still take the focus");
      return patched;
    },
  },
};

// React's and Radix's "use client" marks mean nothing in a page without a server side.
const checks = { moduleLevelDirective: false };

export default defineConfig({
  base: "/graphiql/",
  plugins: [explorerFocus],
  build: {
    // Monaco alone is 2.8 MB.
    chunkSizeWarningLimit: 3000,
    rolldownOptions: { checks },
  },
  worker: { format: "es", rolldownOptions: { checks } },
});
