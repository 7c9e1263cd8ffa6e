import { LogOut } from "lucide-react";
import { NavLink, useNavigate } from "react-router";

import { messageOf } from "../api/client";
import { useSignOut } from "../api/queries";
import type { User } from "../api/types";
import { toast } from "../toast";
import { Logo } from "./Logo";
import { ThemeToggle } from "./ThemeToggle";

const LINKS = [
  ["/sessions", "Sessions"],
  ["/problems", "Problems"],
] as const;

export function TopBar({ me }: { me: User | null }) {
  const navigate = useNavigate();
  const signOut = useSignOut();
  const leave = () =>
    signOut.mutate(undefined, {
      onSuccess: () => void navigate("/signin"),
      onError: (error) => toast(messageOf(error), "error"),
    });
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
        {me && <span className="text-muted hidden max-w-48 truncate sm:block">{me.name}</span>}
        <ThemeToggle />
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
