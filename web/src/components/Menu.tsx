import { Ellipsis, type LucideIcon } from "lucide-react";
import { type ReactNode, type ToggleEvent, useId, useRef } from "react";

interface Props {
  /** What the button is called: "What to do with Grace". */
  label: string;
  icon?: LucideIcon;
  disabled?: boolean;
  /** Buttons; each closes the menu. */
  children: ReactNode;
}

const GAP = 4;

/**
 * A button with a few more behind it. The browser's own popover: above everything, whatever clips
 * the list it stands in; closed by Escape and by a click elsewhere; next in the order of Tab.
 */
export function Menu({ label, icon: Icon = Ellipsis, disabled = false, children }: Props) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const popover = useRef<HTMLDivElement>(null);
  // under its button, or over it where the window ends; from its right end, or the window's left
  const place = ({ newState }: ToggleEvent) => {
    if (newState !== "open" || !button.current || !popover.current) return;
    const at = button.current.getBoundingClientRect();
    const { style, offsetHeight, offsetWidth } = popover.current;
    const below = at.bottom + GAP + offsetHeight < window.innerHeight;
    style.top = `${below ? at.bottom + GAP : at.top - GAP - offsetHeight}px`;
    style.left = `${Math.max(GAP, at.right - offsetWidth)}px`;
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        popoverTarget={id}
        disabled={disabled}
        aria-label={label}
        title={label}
        className="btn btn-ghost btn-sm sm:btn-xs btn-square text-muted"
      >
        <Icon className="size-4" aria-hidden />
      </button>
      <div
        ref={popover}
        id={id}
        popover="auto"
        onToggle={place}
        onClick={() => popover.current?.hidePopover()}
        className="card-surface text-base-content fixed inset-auto m-0 p-1 shadow-lg"
      >
        {children}
      </div>
    </>
  );
}
