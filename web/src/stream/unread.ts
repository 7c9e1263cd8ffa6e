import { Store } from "../collab/store";

/** How many messages of others this person has not seen in Stream's chat of the room. */
export const unread = new Store({ count: 0 });
