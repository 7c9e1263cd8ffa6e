import { type RefObject, useEffect } from "react";
import { useBlocker } from "react-router";

import { Confirm } from "../../components/Modal";

interface Props {
  /** Whether there is anything that is not saved. */
  when: boolean;
  /** Set when the page itself leads elsewhere, after saving or deleting. */
  leaving: RefObject<boolean>;
}

/** Asks before a page with unsaved changes is left. */
export function LeaveGuard({ when, leaving }: Props) {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      when && !leaving.current && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => {
    if (!when) return;
    const ask = (event: BeforeUnloadEvent) => {
      if (!leaving.current) event.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [when, leaving]);
  if (blocker.state !== "blocked") return null;
  return (
    <Confirm
      title="Leave without saving?"
      act="Leave"
      keep="Go on writing"
      testId="confirm-leave"
      pending={false}
      onConfirm={() => blocker.proceed()}
      onClose={() => blocker.reset()}
    >
      Your changes are not saved yet. This browser keeps them until you come back to this page.
    </Confirm>
  );
}
