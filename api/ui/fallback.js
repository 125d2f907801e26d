const form = document.querySelector("form");
const nav = document.querySelector("nav");
const status = document.getElementById("status");
const result = document.getElementById("result");
const { query, variables, key } = form.elements;
const run = form.querySelector("footer button");

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function parsed(text) {
  try {
    return JSON.parse(text || "{}");
  } catch (error) {
    throw new Error(`Variables must be JSON: ${error.message}`);
  }
}

async function send() {
  const headers = { "Content-Type": "application/json" };
  if (key.value) headers.Authorization = `Bearer ${key.value}`;
  const body = JSON.stringify({ query: query.value, variables: parsed(variables.value) });
  const started = performance.now();
  const response = await fetch("/graphql", { method: "POST", headers, body });
  result.textContent = pretty(await response.text());
  status.textContent = `${response.status} in ${Math.round(performance.now() - started)} ms`;
}

async function load(ready) {
  const response = await fetch(`/graphiql/queries/${ready.name}.graphql`);
  query.value = await response.text();
  variables.value = JSON.stringify(ready.variables, null, 2);
}

function button(ready) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = ready.title;
  element.addEventListener("click", () => load(ready));
  return element;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  run.disabled = true;
  try {
    await send();
  } catch (error) {
    status.textContent = error.message;
    result.textContent = "";
  } finally {
    run.disabled = false;
  }
});

form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !run.disabled) form.requestSubmit(run);
});

const response = await fetch("/graphiql/queries/index.json");
const index = await response.json();
nav.append(...index.map(button));
await load(index[0]);
