import { useEffect, useEffectEvent } from "react";

import { observeFiles } from "../collab/document";
import { filesNow, newsBetween } from "../collab/fileNews";
import { toast } from "../toast";
import { useConnection, useMayWrite, usePractising } from "./context";

/**
 * Tells people what others did to the files, and that the whole room now looks at another one;
 * what somebody did themselves needs no telling. `following`: whether this person goes along.
 */
export function useFileNews(following: boolean, restore: (text: string) => void): void {
  const { doc } = useConnection();
  const practising = usePractising();
  const mayWrite = useMayWrite();
  const say = useEffectEvent((words: string, deleted: string | undefined) => {
    if (practising) return;
    if (deleted === undefined || !mayWrite) toast(words);
    else toast(words, "info", { label: "Bring back", act: () => restore(deleted) });
  });
  const follows = useEffectEvent(() => following);
  useEffect(() => {
    let before = filesNow(doc);
    let local = true;
    const listen = () => {
      const after = filesNow(doc);
      const news = local ? [] : newsBetween(before, after, follows());
      before = after;
      for (const { words, deleted } of news) say(words, deleted);
    };
    const note = (transaction: { local: boolean }) => {
      local = transaction.local;
    };
    doc.on("beforeObserverCalls", note);
    const stop = observeFiles(doc, listen);
    return () => {
      doc.off("beforeObserverCalls", note);
      stop();
    };
  }, [doc]);
}
