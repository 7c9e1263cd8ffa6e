/** The part of an OpenAPI document that the page shows, and reading it. */

export interface Schema {
  $ref?: string;
  type?: string;
  title?: string;
  description?: string;
  format?: string;
  pattern?: string;
  enum?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  examples?: unknown[];
  default?: unknown;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
}

export interface Parameter {
  name: string;
  in: string;
  required: boolean;
  description?: string;
  schema: Schema;
}

interface Media {
  schema: Schema;
}

export interface Answer {
  description: string;
  content: Record<string, Media>;
}

export interface Described {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security: Record<string, unknown>[];
  parameters: Parameter[];
  requestBody?: { required: boolean; content: Record<string, Media> };
  responses: Record<string, Answer>;
}

export interface Spec {
  info: { title: string; version: string; description: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, Schema> };
}

export interface Operation extends Described {
  method: string;
  path: string;
}

/** All operations in the document's order. */
export function operationsOf(spec: Spec): Operation[] {
  return Object.entries(spec.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      ...described,
      path,
      method: method.toUpperCase(),
    })),
  );
}

/** Whether every word of `search` is somewhere in what is said of an operation. */
export function matches(operation: Operation, search: string): boolean {
  const { method, path, summary, tags } = operation;
  const said = `${method} ${path} ${summary} ${tags.join(" ")}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word));
}

/** The schema itself, where it is a reference to a named one. */
export function resolved(spec: Spec, schema: Schema): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : (spec.components.schemas[name] ?? {});
}

/** The fields inside of it: of the object, of each entry of a list, of what may also be null. */
export function insideOf(spec: Spec, schema: Schema): Schema | null {
  const own = resolved(spec, schema);
  if (own.properties) return own;
  if (own.items) return insideOf(spec, own.items);
  for (const option of own.anyOf ?? []) {
    const inside = insideOf(spec, option);
    if (inside) return inside;
  }
  return null;
}

/** What a value is, in a few words: `text`, `list of Run`, `"a" | "b"`. */
export function typeOf(spec: Spec, schema: Schema): string {
  const own = resolved(spec, schema);
  if (own.enum) return own.enum.map((each) => JSON.stringify(each)).join(" | ");
  if (own.anyOf) return own.anyOf.map((each) => typeOf(spec, each)).join(" | ");
  if (own.items) return `list of ${typeOf(spec, own.items)}`;
  if (own.properties) return own.title?.split(".").at(-1) ?? "object";
  if (own.format) return own.format;
  return own.type ?? "anything";
}

/** Bounds and the default of a value, for people. */
export function boundsOf(schema: Schema): string {
  const { minLength: least, maxLength: most } = schema;
  const said = [];
  if (least !== undefined && most !== undefined) said.push(`${least} to ${most} characters`);
  else if (most !== undefined) said.push(`at most ${most} characters`);
  else if (least !== undefined && least > 1) said.push(`at least ${least} characters`);
  if (schema.default !== undefined) said.push(`default ${JSON.stringify(schema.default)}`);
  return said.join(", ");
}

/** A value such as the schema describes. */
export function exampleOf(spec: Spec, schema: Schema): unknown {
  const own = resolved(spec, schema);
  if (own.examples) return own.examples[0];
  if (own.enum) return own.enum[0];
  if (own.anyOf?.[0]) return exampleOf(spec, own.anyOf[0]);
  if (own.items) return [exampleOf(spec, own.items)];
  if (own.properties) {
    const fields = Object.entries(own.properties);
    return Object.fromEntries(fields.map(([name, field]) => [name, exampleOf(spec, field)]));
  }
  return { string: "", integer: 0, number: 0, boolean: false }[own.type ?? ""] ?? null;
}

/** The request as somebody would type it in a shell. */
export function curlOf(spec: Spec, operation: Operation, origin: string): string {
  const lines = [`curl ${origin}${operation.path}`];
  if (operation.method !== "GET") lines[0] = `curl -X ${operation.method} ${origin}${operation.path}`;
  if (operation.security.some((each) => "bearer" in each))
    lines.push(`-H "Authorization: Bearer $TOKEN"`);
  const body = operation.requestBody?.content["application/json"];
  if (body) {
    lines.push(`-H "Content-Type: application/json"`);
    lines.push(`-d '${JSON.stringify(exampleOf(spec, body.schema))}'`);
  }
  return lines.join(" \\\n  ");
}
