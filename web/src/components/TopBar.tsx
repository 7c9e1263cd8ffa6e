import { LogOut } from "lucide-react";
import { Link, NavLink, useLocation } from "react-router";

import type { User } from "../api/types";
import { Face } from "./Face";
import { Logo } from "./Logo";
import { ThemeToggle } from "./ThemeToggle";
import { useLeave } from "./useLeave";

const LINKS = [
  ["/sessions", "Sessions"],
  ["/problems", "Problems"],
] as const;

export function TopBar({ me }: { me: User | null }) {
  const { pathname, search } = useLocation();
  const { leave } = useLeave();
  return (
    <header className="border-base-300 bg-base-100 border-b">
      <div className="mx-auto flex h-14 max-w-6xl items-center gap-2 px-4 sm:px-6">
        <Logo />
        <nav className="flex items-center gap-1 sm:ml-4" aria-label="Pages">
          {LINKS.map(([to, name]) => (
            <NavLink key={to} to={to} className="btn btn-ghost btn-sm aria-[current=page]:bg-base-200">
              {name}
            </NavLink>
          ))}
        </nav>
        <span className="flex-1" />
        <ThemeToggle />
        {!me && (
          <Link
            to={`/signin?${new URLSearchParams({ next: pathname + search }).toString()}`}
            className="btn btn-sm btn-primary"
          >
            Sign in
          </Link>
        )}
        {me && (
          <Link
            to="/profile"
            className="btn btn-ghost btn-sm gap-2 px-1.5"
            aria-label={`Your profile, ${me.name}`}
            title="Your profile"
          >
            <Face name={me.name} image={me.profileImage} className="bg-primary text-primary-content size-7 text-2xs" />
            <span className="hidden max-w-48 truncate font-medium sm:block">{me.name}</span>
          </Link>
        )}
        {me && (
          <button type="button" className="btn btn-ghost btn-sm" onClick={leave}>
            <LogOut className="size-4" aria-hidden />
            <span className="max-sm:sr-only">Sign out</span>
          </button>
        )}
      </div>
    </header>
  );
}
