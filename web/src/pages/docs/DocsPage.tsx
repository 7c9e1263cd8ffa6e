import { useQuery } from "@tanstack/react-query";
import { FileJson, SearchX } from "lucide-react";
import { useEffect, useState } from "react";
import { useLocation } from "react-router";

import { api } from "../../api/client";
import { useMe } from "../../api/queries";
import { Inline, Prose } from "../../components/Prose";
import { Empty, Failed, Loading } from "../../components/States";
import { TopBar } from "../../components/TopBar";
import { MethodBadge, OperationCard } from "./OperationCard";
import { matches, type Operation, operationsOf, type Spec } from "./spec";

/** The API, from the description that the server makes of its own routes. */
export function DocsPage() {
  const me = useMe();
  const spec = useQuery({
    queryKey: ["openapi"],
    staleTime: Infinity,
    queryFn: () => api.get<Spec>("/openapi.json"),
  });
  useEffect(() => {
    document.title = "API · Interview Room";
  }, []);
  return (
    <div className="bg-base-200 min-h-full">
      <TopBar me={me.data ?? null} />
      {spec.isPending ? (
        <Loading label="Reading the description…" />
      ) : spec.isError ? (
        <Failed error={spec.error} retry={() => void spec.refetch()} />
      ) : (
        <Docs spec={spec.data} />
      )}
    </div>
  );
}

function Docs({ spec }: { spec: Spec }) {
  const [search, setSearch] = useState("");
  const shown = operationsOf(spec).filter((each) => matches(each, search));
  useLinked();
  return (
    <div className="mx-auto grid max-w-6xl gap-8 px-4 py-6 sm:px-6 lg:grid-cols-[15rem_minmax(0,1fr)] lg:py-10">
      <nav className="hidden lg:block" aria-label="Operations">
        <div className="sticky top-6 flex max-h-[calc(100vh-3rem)] flex-col gap-4 overflow-y-auto pr-2">
          {spec.tags.map(({ name }) => (
            <Links key={name} tag={name} operations={shown} />
          ))}
        </div>
      </nav>
      <main className="flex min-w-0 flex-col gap-6">
        <header className="flex flex-col gap-4">
          <div className="flex flex-wrap items-center justify-between gap-3">
            <h1 className="text-xl font-semibold tracking-tight">
              {spec.info.title} API <span className="text-muted text-sm">{spec.info.version}</span>
            </h1>
            <a href="/openapi.json" className="btn btn-sm btn-quiet">
              <FileJson className="size-4" aria-hidden /> openapi.json
            </a>
          </div>
          <Prose text={spec.info.description} />
          <input
            type="search"
            className="input w-full"
            placeholder="Find an operation"
            aria-label="Find an operation"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        </header>
        {shown.length === 0 && (
          <div className="card-surface">
            <Empty icon={SearchX} title="No operation has these words" />
          </div>
        )}
        {spec.tags.map((tag) => (
          <Section key={tag.name} spec={spec} tag={tag} operations={shown} />
        ))}
      </main>
    </div>
  );
}

/** Opens the operation that the address names, and scrolls to it. */
function useLinked() {
  const { hash } = useLocation();
  useEffect(() => {
    const linked = document.getElementById(decodeURIComponent(hash.slice(1)));
    if (linked instanceof HTMLDetailsElement) {
      linked.open = true;
      linked.scrollIntoView();
    }
  }, [hash]);
}

function Links({ tag, operations }: { tag: string; operations: Operation[] }) {
  const mine = operations.filter((each) => each.tags.includes(tag));
  if (mine.length === 0) return null;
  return (
    <div>
      <h2 className="pane-title mb-1">{tag}</h2>
      <ul>
        {mine.map(({ operationId, method, path }) => (
          <li key={operationId}>
            <a
              href={`#${operationId}`}
              className="hover:bg-base-300/50 flex items-center gap-2 rounded px-1 py-1"
            >
              <MethodBadge method={method} />
              <span className="truncate font-mono text-xs" title={path}>
                {path.replace(/^\/api/, "")}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface SectionProps {
  spec: Spec;
  tag: { name: string; description: string };
  operations: Operation[];
}

function Section({ spec, tag, operations }: SectionProps) {
  const mine = operations.filter((each) => each.tags.includes(tag.name));
  if (mine.length === 0) return null;
  return (
    <section aria-label={tag.name}>
      <h2 className="text-base font-semibold capitalize">{tag.name}</h2>
      <p className="text-muted mb-3 text-pretty">
        <Inline text={tag.description} />
      </p>
      <div className="flex flex-col gap-2">
        {mine.map((operation) => (
          <OperationCard key={operation.operationId} spec={spec} operation={operation} />
        ))}
      </div>
    </section>
  );
}
