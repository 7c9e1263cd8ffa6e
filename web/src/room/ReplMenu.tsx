import { ChevronDown, TerminalSquare } from "lucide-react";

import type { Repl } from "../api/types";
import { Menu } from "../components/Menu";
import { useRoom } from "./context";
import { REPLS } from "./verdicts";

interface Props {
  disabled: boolean;
  start: (repl: Repl) => void;
}

/** Beside Run: the interpreters of this server that can be typed to, with the room's files. */
export function ReplMenu({ disabled, start }: Props) {
  const languages = useRoom((state) => state.runner?.languages);
  const offered = REPLS.filter(({ repl }) =>
    languages?.some((each) => each.language === repl && each.repl),
  );
  if (offered.length === 0) return null;
  return (
    <Menu label="More to run" icon={ChevronDown} disabled={disabled}>
      <div className="flex flex-col" data-testid="run-menu">
        {offered.map(({ repl, label }) => (
          <button
            key={repl}
            type="button"
            data-testid={`repl-${repl}`}
            className="btn btn-ghost btn-sm justify-start font-normal"
            onClick={() => start(repl)}
          >
            <TerminalSquare className="size-3.5" aria-hidden /> {label}
          </button>
        ))}
      </div>
    </Menu>
  );
}
