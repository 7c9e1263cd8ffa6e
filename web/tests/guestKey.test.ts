import { beforeEach, describe, expect, test, vi } from "vitest";

import { dropGuestKey, guestKey } from "../src/api/guestKey";

/** Enough of the browser's storage for one tab. */
function storage(): Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  const kept = new Map<string, string>();
  return {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  };
}

const denied = () => {
  throw new Error("denied");
};

describe.each([
  ["with storage", storage],
  ["without storage", () => ({ getItem: denied, setItem: denied, removeItem: denied })],
])("a guest's key %s", (_name, made) => {
  beforeEach(() => {
    vi.stubGlobal("sessionStorage", made());
    for (const invitation of ["one", "two"]) dropGuestKey(invitation);
  });

  test("stays the same until they were let in", () => {
    const key = guestKey("one");
    expect(guestKey("one")).toBe(key);
    dropGuestKey("one");
    expect(guestKey("one")).not.toBe(key);
  });

  test("is another for each invitation, and such as the server takes", () => {
    expect(guestKey("one")).not.toBe(guestKey("two"));
    expect(guestKey("one")).toMatch(/^[0-9A-Za-z_-]{20,64}$/);
  });
});
