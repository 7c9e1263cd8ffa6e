import type { ReactNode } from "react";

import { LogoMark } from "./Logo";
import { ThemeToggle } from "./ThemeToggle";

interface Props {
  children: ReactNode;
  /** The child brings a card of its own. */
  bare?: boolean;
}

/** A page that is one card: sign in, join, not found. */
export function CenteredCard({ children, bare = false }: Props) {
  return (
    <main className="flex min-h-full flex-col items-center px-4 py-6">
      <div className="flex w-full max-w-6xl justify-end">
        <ThemeToggle />
      </div>
      <div
        className={`flex w-full flex-1 flex-col justify-center pb-16 ${bare ? "max-w-md" : "max-w-sm"}`}
      >
        <div className="mb-6 flex items-center justify-center gap-2.5 text-base font-semibold tracking-tight">
          <LogoMark className="size-8" /> Interview Room
        </div>
        <div className={bare ? "flex justify-center" : "card-surface p-6 shadow-xs sm:p-8"}>
          {children}
        </div>
      </div>
    </main>
  );
}
