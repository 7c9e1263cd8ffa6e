import { Moon, Sun } from "lucide-react";

import { toggleTheme, useTheme } from "../theme";

export function ThemeToggle() {
  const theme = useTheme();
  const Icon = theme === "day" ? Moon : Sun;
  const label = theme === "day" ? "Switch to the dark theme" : "Switch to the light theme";
  return (
    <button
      type="button"
      data-testid="theme-toggle"
      className="btn btn-ghost btn-sm btn-square"
      aria-label={label}
      title={label}
      onClick={toggleTheme}
    >
      <Icon className="size-4" aria-hidden />
    </button>
  );
}
