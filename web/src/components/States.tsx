import { CircleAlert, type LucideIcon, RotateCw } from "lucide-react";
import type { ReactNode } from "react";

import { messageOf } from "../api/client";

export function Loading({ label }: { label: string }) {
  return (
    <div className="text-muted flex h-full min-h-40 items-center justify-center gap-2.5" role="status">
      <span className="loading loading-spinner loading-sm" aria-hidden />
      {label}
    </div>
  );
}

/** Grey bars in the place of `rows` lines that are on their way. */
export function SkeletonRows({ rows }: { rows: number }) {
  return (
    <div className="flex flex-col gap-3 p-4" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="skeleton h-5" style={{ width: `${92 - ((row * 17) % 40)}%` }} />
      ))}
    </div>
  );
}

interface EmptyProps {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
}

export function Empty({ icon: Icon, title, children }: EmptyProps) {
  return (
    <div className="flex flex-col items-center gap-1.5 px-6 py-8 text-center">
      <Icon className="text-muted/60 mb-1 size-6" strokeWidth={1.5} aria-hidden />
      <p className="font-medium">{title}</p>
      {children && <div className="text-muted max-w-sm text-pretty">{children}</div>}
    </div>
  );
}

export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-8 text-center" role="alert">
      <CircleAlert className="text-error size-6" strokeWidth={1.5} aria-hidden />
      <p className="max-w-sm text-pretty">{messageOf(error)}</p>
      {retry && (
        <button type="button" className="btn btn-sm btn-quiet" onClick={retry}>
          <RotateCw className="size-3.5" aria-hidden /> Try again
        </button>
      )}
    </div>
  );
}
