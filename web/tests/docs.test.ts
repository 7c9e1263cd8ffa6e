import { describe, expect, it } from "vitest";

import {
  boundsOf,
  curlOf,
  insideOf,
  matches,
  type Operation,
  operationsOf,
  type Spec,
  typeOf,
} from "../src/pages/docs/spec";

const answers = { 200: { description: "OK", content: {} } };
const spec: Spec = {
  info: { title: "T", version: "1", description: "" },
  tags: [{ name: "runs", description: "" }],
  paths: {
    "/api/sessions/{id}/runs": {
      get: {
        operationId: "runs.list",
        tags: ["runs"],
        summary: "The newest runs.",
        security: [{ bearer: [] }],
        parameters: [],
        responses: answers,
      },
      post: {
        operationId: "runs.start",
        tags: ["runs"],
        summary: "Run the code.",
        security: [],
        parameters: [],
        requestBody: {
          required: true,
          content: { "application/json": { schema: { $ref: "#/components/schemas/a.b.Start" } } },
        },
        responses: answers,
      },
    },
  },
  components: {
    schemas: {
      "a.b.Start": {
        title: "Start",
        type: "object",
        properties: {
          language: { anyOf: [{ type: "string", examples: ["python"] }, { type: "null" }] },
          stdin: { type: "string", maxLength: 9, default: "" },
          mode: { enum: ["a", "b"] },
        },
      },
    },
  },
};
const start = { $ref: "#/components/schemas/a.b.Start" };
const [list, run] = operationsOf(spec) as [Operation, Operation];

describe("the description of the API", () => {
  it("is a list of operations", () => {
    expect(operationsOf(spec).map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /api/sessions/{id}/runs",
      "POST /api/sessions/{id}/runs",
    ]);
  });

  it("is searched by words of method, path and summary", () => {
    expect(matches(run, "post RUNS code")).toBe(true);
    expect(matches(list, "post")).toBe(false);
    expect(matches(list, "")).toBe(true);
  });

  it("names types in a few words", () => {
    expect(typeOf(spec, start)).toBe("Start");
    expect(typeOf(spec, { items: start })).toBe("list of Start");
    expect(typeOf(spec, { anyOf: [start, { type: "null" }] })).toBe("Start | null");
    expect(typeOf(spec, { enum: ["a", "b"] })).toBe('"a" | "b"');
    expect(typeOf(spec, {})).toBe("anything");
  });

  it("looks into lists and what may be null", () => {
    const wrapped = { anyOf: [{ items: start }, { type: "null" }] };
    expect(insideOf(spec, wrapped)?.title).toBe("Start");
    expect(insideOf(spec, { type: "string" })).toBeNull();
  });

  it("tells bounds", () => {
    expect(boundsOf({ minLength: 8, maxLength: 200 })).toBe("8 to 200 characters");
    expect(boundsOf({ maxLength: 9, default: "" })).toBe('at most 9 characters, default ""');
    expect(boundsOf({ minLength: 1 })).toBe("");
  });

  it("makes a request to type in a shell", () => {
    expect(curlOf(spec, list, "http://a")).toBe(
      'curl http://a/api/sessions/{id}/runs \\\n  -H "Authorization: Bearer $TOKEN"',
    );
    expect(curlOf(spec, run, "http://a")).toBe(
      "curl -X POST http://a/api/sessions/{id}/runs \\\n" +
        '  -H "Content-Type: application/json" \\\n' +
        `  -d '{"language":"python","stdin":"","mode":"a"}'`,
    );
  });
});
