import { Inline } from "../../components/Prose";
import { boundsOf, insideOf, resolved, type Schema, type Spec, typeOf } from "./spec";

const DEEPEST = 4;

interface FieldsProps {
  spec: Spec;
  schema: Schema;
  depth?: number;
}

/** The fields of an object, those inside of them indented. */
export function Fields({ spec, schema, depth = 0 }: FieldsProps) {
  const inside = insideOf(spec, schema);
  if (inside === null) {
    return <p className="text-muted font-mono text-xs">{typeOf(spec, schema)}</p>;
  }
  const required = new Set(inside.required);
  return (
    <ul className={depth === 0 ? "flex flex-col" : "border-base-300 ml-1 border-l pl-3"}>
      {Object.entries(inside.properties ?? {}).map(([name, field]) => (
        <li key={name} className="py-1">
          <Field spec={spec} name={name} schema={field} required={required.has(name)} />
          {depth < DEEPEST && insideOf(spec, field) && (
            <Fields spec={spec} schema={field} depth={depth + 1} />
          )}
        </li>
      ))}
    </ul>
  );
}

interface FieldProps {
  spec: Spec;
  name: string;
  schema: Schema;
  required: boolean;
  description?: string | undefined;
}

/** One line: name, type, bounds, and what it is. */
export function Field({ spec, name, schema, required, description }: FieldProps) {
  const bounds = boundsOf(schema);
  const said = description ?? (schema.$ref ? resolved(spec, schema) : schema).description;
  return (
    <div className="flex flex-wrap items-baseline gap-x-2 text-[0.8125rem]">
      <code className="font-mono font-medium">{name}</code>
      <span className="text-muted font-mono text-xs break-words">{typeOf(spec, schema)}</span>
      {!required && <span className="text-muted text-2xs">optional</span>}
      {bounds && <span className="text-muted text-2xs">{bounds}</span>}
      {said && (
        <span className="text-muted basis-full text-pretty">
          <Inline text={said} />
        </span>
      )}
    </div>
  );
}
