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

// GraphiQL fills its variables editor from its storage alone, so on a first visit the variables of the first default
// tab would be lost. On later visits the stored ones must win, or each visit would open one more tab.
const isFirstVisit = localStorage.getItem("graphiql:tabState") === null;

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={plugins}
    defaultTabs={tabs}
    initialVariables={isFirstVisit ? tabs[0]?.variables : undefined}
    schemaDescription
  />,
);
