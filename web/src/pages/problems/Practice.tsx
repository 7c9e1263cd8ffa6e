import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { usePractice } from "../../api/problems";
import type { Problem } from "../../api/types";
import { Failed, Loading } from "../../components/States";
import { Banner } from "../../room/Banner";
import { ConnectionContext, useRoom, useRoomConnection } from "../../room/context";
import { CursorStyles } from "../../room/CursorStyles";
import { useRoomEffects } from "../../room/effects";
import { Panes } from "../../room/Panes";
import { PracticeHeader } from "./PracticeHeader";

/** Somebody alone with a problem: a room like any other, without people. */
export function Practice({ problem }: { problem: Problem }) {
  const practice = usePractice(problem._id);
  if (practice.data) {
    const { _id } = practice.data;
    return <PracticeRoom key={_id} sessionId={_id} problem={problem} />;
  }
  if (!practice.isError) return <Loading label="Opening…" />;
  return <Failed error={practice.error} retry={() => void practice.refetch()} />;
}

interface Props {
  sessionId: string;
  problem: Problem;
}

function PracticeRoom({ sessionId, problem }: Props) {
  const connection = useRoomConnection(sessionId);
  return (
    <ConnectionContext value={connection}>
      <Desk sessionId={sessionId} problem={problem} />
    </ConnectionContext>
  );
}

function Desk({ sessionId, problem }: Props) {
  const session = useRoom((state) => state.session);
  useRoomEffects(problem.title);
  useProgressAfterTests();
  useRoomInItsPlace(problem._id);
  return (
    <div className="bg-base-200 flex h-dvh flex-col overflow-hidden">
      <PracticeHeader problem={problem} />
      <Banner session={session} />
      <Panes sessionId={sessionId} />
      <CursorStyles />
    </div>
  );
}

/** What a run against the tests means for the progress is the server's to say. */
function useProgressAfterTests(): void {
  const client = useQueryClient();
  const judged = useRoom((state) => state.runs.findLast((run) => run.cases)?._id);
  useEffect(() => {
    if (judged !== undefined) void client.invalidateQueries({ queryKey: ["problems"] });
  }, [client, judged]);
}

/** A reset in another tab puts a fresh room in the place of this one, which is then gone. */
function useRoomInItsPlace(problemId: string): void {
  const client = useQueryClient();
  const gone = useRoom(({ phase }) => phase === "ended" || phase === "refused");
  useEffect(() => {
    if (gone) void client.invalidateQueries({ queryKey: ["practice", problemId] });
  }, [client, gone, problemId]);
}
