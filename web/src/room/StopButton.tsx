import { Square } from "lucide-react";

import { toast } from "../toast";
import { useConnection } from "./context";

interface Props {
  runId: string;
  /** How tests find it. */
  name: string;
  className?: string;
}

export function StopButton({ runId, name, className = "" }: Props) {
  const connection = useConnection();
  return (
    <button
      type="button"
      data-testid={name}
      className={`btn btn-sm btn-error btn-outline h-7 ${className}`}
      onClick={() => {
        if (!connection.send({ type: "run.stop", id: runId }))
          toast("Not connected: the run cannot be stopped from here now", "error");
      }}
    >
      <Square className="size-3 fill-current" aria-hidden /> Stop
    </button>
  );
}
