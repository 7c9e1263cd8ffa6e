import { LogOut } from "lucide-react";
import { Link } from "react-router";

import type { User } from "../api/types";
import { Face } from "./Face";
import { Logo } from "./Logo";
import { ThemeToggle } from "./ThemeToggle";
import { useLeave } from "./useLeave";

export function TopBar({ me }: { me: User | null }) {
  const { leave } = useLeave();
  return (
    <header className="border-base-300 bg-base-100 border-b">
      <div className="mx-auto flex h-14 max-w-6xl items-center gap-2 px-4 sm:px-6">
        <Logo />
        <span className="flex-1" />
        <ThemeToggle />
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
