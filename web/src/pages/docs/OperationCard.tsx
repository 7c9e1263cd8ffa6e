import { ChevronRight, Lock } from "lucide-react";
import type { ReactNode } from "react";

import { Inline } from "../../components/Prose";
import { Field, Fields } from "./Fields";
import { type Answer, curlOf, type Operation, type Spec } from "./spec";

const METHODS: Record<string, string> = {
  GET: "text-info bg-info/10",
  POST: "text-success bg-success/10",
  PUT: "text-warning bg-warning/12",
  PATCH: "text-warning bg-warning/12",
  DELETE: "text-error bg-error/10",
};

export function MethodBadge({ method }: { method: string }) {
  return (
    <span
      className={`text-2xs inline-block w-14 shrink-0 rounded px-1.5 py-0.5 text-center font-mono font-semibold ${METHODS[method] ?? ""}`}
    >
      {method}
    </span>
  );
}

/** Whether it can be called only by somebody who is signed in. */
function needsSignIn({ security }: Operation): boolean {
  return security.length > 0 && security.every((each) => Object.keys(each).length > 0);
}

interface OperationCardProps {
  spec: Spec;
  operation: Operation;
}

export function OperationCard({ spec, operation }: OperationCardProps) {
  const { method, path, summary, description, parameters, requestBody, responses } = operation;
  return (
    <details id={operation.operationId} className="card-surface group scroll-mt-4">
      <summary className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3 [&::-webkit-details-marker]:hidden">
        <ChevronRight
          className="text-muted size-4 shrink-0 transition-transform group-open:rotate-90"
          aria-hidden
        />
        <MethodBadge method={method} />
        <code className="min-w-0 font-mono text-[0.8125rem] font-medium break-all">{path}</code>
        {needsSignIn(operation) && (
          <span className="text-muted" title="Only for somebody who is signed in">
            <Lock className="size-3.5" aria-label="Needs a sign-in" />
          </span>
        )}
        <span className="text-muted basis-full pl-7 text-pretty">{summary}</span>
      </summary>
      <div className="border-base-300 flex flex-col gap-5 border-t px-4 py-4">
        {description && (
          <p className="text-pretty">
            <Inline text={description} />
          </p>
        )}
        {parameters.length > 0 && (
          <Part title="Parameters">
            {parameters.map((each) => (
              <Field
                key={each.name}
                spec={spec}
                name={each.name}
                schema={each.schema}
                required={each.required}
                description={each.description}
              />
            ))}
          </Part>
        )}
        {requestBody && (
          <Part title={requestBody.required ? "Body" : "Body, optional"}>
            {Object.entries(requestBody.content).map(([kind, { schema }]) => (
              <Fields key={kind} spec={spec} schema={schema} />
            ))}
          </Part>
        )}
        <Answers spec={spec} responses={responses} />
        <Part title="Example">
          <pre className="bg-base-200 overflow-x-auto rounded-lg p-3 font-mono text-xs leading-relaxed">
            {curlOf(spec, operation, window.location.origin)}
          </pre>
        </Part>
      </div>
    </details>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex min-w-0 flex-col gap-1.5">
      <h4 className="pane-title">{title}</h4>
      {children}
    </section>
  );
}

function Answers({ spec, responses }: { spec: Spec; responses: Record<string, Answer> }) {
  const all = Object.entries(responses);
  const good = all.filter(([status]) => status < "300");
  const bad = all.filter(([status]) => status >= "300");
  return (
    <>
      {good.map(([status, { description, content }]) => (
        <Part key={status} title={`Answer ${status} ${description}`}>
          {Object.entries(content).map(([kind, { schema }]) =>
            kind === "application/json" ? (
              <Fields key={kind} spec={spec} schema={schema} />
            ) : (
              <p key={kind} className="font-mono text-xs">
                {kind}
              </p>
            ),
          )}
        </Part>
      ))}
      <Part title="Other answers">
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1 text-[0.8125rem]">
          {bad.map(([status, { description }]) => (
            <div key={status} className="contents">
              <dt className="text-muted font-mono">{status}</dt>
              <dd className="flex flex-col gap-0.5 text-pretty">
                {description.split("\n").map((line) => (
                  <span key={line}>
                    <Inline text={line} />
                  </span>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      </Part>
    </>
  );
}
