import type { RoomState } from "../collab/connection";

type Room = Pick<RoomState, "recording" | "you" | "people" | "role">;

/** Whether this person may be seen and heard. */
export function speaksIn({ people, you, role }: Omit<Room, "recording">): boolean {
  return people.find(({ _id }) => _id === you?._id)?.speaks ?? role !== "spectator";
}

/** Whether this person still has to say whether they agree to be recorded. */
export function consentWanted(room: Room): boolean {
  const { recording, you } = room;
  if (recording === null || recording.state === "off" || !speaksIn(room)) return false;
  if (recording.by?._id === you?._id) return false;
  return recording.people.find(({ _id }) => _id === you?._id)?.agreed !== true;
}
