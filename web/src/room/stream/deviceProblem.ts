/** What to tell somebody whose device could not be turned on. */
export function deviceProblem(name: string, error: unknown): string | null {
  const kind = error instanceof Error ? error.name : "";
  switch (kind) {
    case "NotAllowedError":
      // the choice of a screen that was closed again is no problem
      if (name === "screen sharing") return null;
      return `The browser does not let this page use the ${name}: allow it beside the address.`;
    case "NotFoundError":
    case "OverconstrainedError":
      return `There is no ${name}, or it is unplugged.`;
    case "NotReadableError":
    case "AbortError":
      return `The ${name} is in use by another program, or does not work.`;
    default:
      return `The ${name} could not be turned on or off.`;
  }
}
