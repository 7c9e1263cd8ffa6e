import { type ReactNode, useEffect } from "react";
import { Panel, Separator, usePanelRef } from "react-resizable-panels";

import { Count } from "../chat/Count";
import { useUnread } from "../chat/useChat";
import { fold, useFolded } from "./folded";

/** The column at the right. Folded away it stays mounted: a call goes on. */
export function TalkColumn({ children }: { children: ReactNode }) {
  const folded = useFolded();
  const panel = usePanelRef();
  useEffect(() => {
    if (folded) panel.current?.collapse();
    else panel.current?.expand();
  }, [folded, panel]);
  return (
    <>
      <Separator className="w-px" aria-label="Resize call and chat" />
      <Panel
        id="talk-column"
        panelRef={panel}
        defaultSize="20rem"
        minSize="15rem"
        maxSize="45"
        collapsible
        // pulled to the edge it folds away, and back out it shows
        onResize={({ inPixels }, _id, before) => {
          if (before !== undefined && (inPixels === 0) !== folded) fold(inPixels === 0);
        }}
      >
        {/* Not only without width: what is hidden counts as not seen. */}
        <div className={folded ? "hidden" : "h-full"}>{children}</div>
      </Panel>
    </>
  );
}

/** On a phone: what is new, at the tab of the pane. */
export function TalkCount() {
  const unread = useUnread();
  return (
    <span className="ml-1 empty:hidden">
      <Count unread={unread} />
    </span>
  );
}
