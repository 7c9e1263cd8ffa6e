import type { RunnerLanguage } from "../api/types";

/** What a file is by its ending, where the server does not run it. */
const BY_ENDING: Record<string, string> = {
  bash: "bash",
  c: "c",
  cc: "cpp",
  cjs: "javascript",
  cpp: "cpp",
  css: "css",
  cxx: "cpp",
  go: "go",
  h: "c",
  hpp: "cpp",
  html: "html",
  java: "java",
  js: "javascript",
  json: "json",
  md: "markdown",
  mjs: "javascript",
  mts: "typescript",
  py: "python",
  rb: "ruby",
  rs: "rust",
  sh: "bash",
  sql: "sql",
  ts: "typescript",
  xml: "xml",
  yaml: "yaml",
  yml: "yaml",
};

const endingOf = (path: string): string => /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";

/** The language of a file of that name: one that can be run here, if its ending says so. */
export function languageOf(path: string, offered: readonly RunnerLanguage[]): string {
  const ending = endingOf(path);
  const runs = offered.find((each) => endingOf(each.path) === ending && ending !== "");
  return runs?.language ?? BY_ENDING[ending] ?? "plaintext";
}

/** `name` with the ending of `like`: "helper" or "helper.py", like "main.js", is "helper.js". */
export function withEndingOf(name: string, like: string): string {
  return `${name.replace(/\.[^./]*$/, "")}.${endingOf(like)}`;
}
