import { cursorRules } from "../collab/people";
import { useConnection, useRoom } from "./context";

/** The colours and names of the others' cursors, from the server's roster alone. */
export function CursorStyles() {
  const { doc } = useConnection();
  const people = useRoom((state) => state.people);
  useRoom((state) => state.generation);
  return <style>{cursorRules(people, doc.clientID)}</style>;
}
