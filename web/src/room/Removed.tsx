import { Copy, UserX } from "lucide-react";
import { Link } from "react-router";

import { useMe } from "../api/queries";
import { activePath, listFiles, textOf } from "../collab/document";
import { CenteredCard } from "../components/CenteredCard";
import { copyText } from "../components/clipboard";
import { useConnection, useRoom } from "./context";

/** In place of the room for somebody whom the host put out of it. */
export function Removed() {
  const refusal = useRoom((state) => state.refusal);
  const unsaved = useRoom((state) => state.unsaved);
  const watching = useRoom((state) => state.role === "spectator");
  const me = useMe();
  const account = me.data && me.data.kind !== "guest";
  return (
    <CenteredCard>
      <div className="flex flex-col items-center gap-2 text-center" role="alert" data-testid="removed">
        <span className="sr-only" data-testid="connection" data-state="refused">
          Disconnected
        </span>
        <UserX className="text-muted mb-1 size-7" strokeWidth={1.5} aria-hidden />
        <h1 className="text-lg font-semibold">You are no longer in this session</h1>
        <p className="text-pretty">{refusal}</p>
        <p className="text-muted text-pretty">
          {!watching && "What you wrote stays with the session. "}
          If this was a mistake, ask the host for a new link: the one you had will not let you in
          again.
        </p>
        {unsaved && <Unsent />}
        {account && (
          <Link to="/sessions" className="btn btn-primary mt-3">
            To the sessions
          </Link>
        )}
      </div>
    </CenteredCard>
  );
}

/** The last edits are on this page alone, and the page is about to be left. */
function Unsent() {
  const { doc } = useConnection();
  const path = activePath(doc);
  const file = listFiles(doc).find((each) => each.path === path);
  return (
    <div className="bg-warning/12 rounded-box mt-2 flex w-full flex-col items-center gap-2 px-4 py-3">
      <p className="text-pretty">Your last edits had not reached the server.</p>
      {file && (
        <button
          type="button"
          className="btn btn-sm btn-quiet"
          onClick={() => void copyText(textOf(doc, file.text).toString(), `${file.path} copied`)}
        >
          <Copy className="size-3.5" aria-hidden /> Copy {file.path}
        </button>
      )}
    </div>
  );
}
