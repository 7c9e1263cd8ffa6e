import { useParams } from "react-router";

import { ConnectionContext, useRoomConnection } from "./context";
import { Room } from "./Room";

export function RoomPage() {
  const { sessionId = "" } = useParams();
  return <Connected key={sessionId} sessionId={sessionId} />;
}

function Connected({ sessionId }: { sessionId: string }) {
  const connection = useRoomConnection(sessionId);
  return (
    <ConnectionContext value={connection}>
      <Room sessionId={sessionId} />
    </ConnectionContext>
  );
}
