import index from "./queries/index.json";

const texts = import.meta.glob<string>("./queries/*.graphql", { query: "?raw", import: "default", eager: true });

/** The ready queries as GraphiQL's tabs, in the order of `queries/index.json`. */
export const tabs = index.map(({ name, variables }) => {
  const query = texts[`./queries/${name}.graphql`];
  if (query === undefined) throw new Error(`queries/index.json names ${name}, but there is no ${name}.graphql`);
  return { query, variables: JSON.stringify(variables, null, 2) };
});
