import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./main.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { createRoot } from "react-dom/client";

import { tabs } from "./queries";

const endpoint = new URL("/graphql", location.origin);
const fetcher = createGraphiQLFetcher({
  url: endpoint.href,
  subscriptionUrl: endpoint.href.replace(/^http/, "ws"),
});
const plugins = [HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })];

// GraphiQL fills its editors from its storage, not from the default tabs: the first tab would open without its variables.
const [first] = tabs;
if (first !== undefined && localStorage.getItem("graphiql:tabState") === null) {
  localStorage.setItem("graphiql:query", first.query);
  localStorage.setItem("graphiql:variables", first.variables);
}

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(<GraphiQL fetcher={fetcher} plugins={plugins} defaultTabs={tabs} schemaDescription />);
