import type { Draft, Mistake } from "./draft";
import { LANGUAGES } from "./names";

/** The places of the form that can show what is wrong with them, as the server names fields. */
export function placesOf(draft: Draft): Set<string> {
  const languages = LANGUAGES.map(([language]) => language);
  const tests = (["tests", "hiddenTests"] as const).flatMap((list) => [
    list,
    ...draft[list].flatMap(({ args }, at) => [
      ...args.map((_, arg) => `${list}[${at}].args[${arg}]`),
      `${list}[${at}].expected`,
    ]),
  ]);
  return new Set([
    ...["title", "difficulty", "tags", "statement", "notes", "constraints", "examples"],
    ...draft.examples.flatMap((_, at) =>
      ["input", "output", "explanation"].map((part) => `examples[${at}].${part}`),
    ),
    "signature.name",
    ...languages.map((language) => `signature.name.${language}`),
    "signature.parameters",
    ...draft.parameters.flatMap((_, at) =>
      ["name", "type"].map((part) => `signature.parameters[${at}].${part}`),
    ),
    ...(draft.inPlace === null ? ["signature.result.type"] : []),
    "signature.result.inPlace",
    ...tests,
    "compare",
    ...(draft.compare === "tolerance" ? ["compare.tolerance"] : []),
    "limits.seconds",
    "limits.memoryMib",
    ...languages.map((language) => `starter.${language}`),
  ]);
}

/** A field's path from itself up to its root: `a[0].b`, `a[0]`, `a`. */
function upwards(field: string): string[] {
  const ends = [...field.matchAll(/[.[]/g)].map(({ index }) => index).reverse();
  return [field, ...ends.map((end) => field.slice(0, end))];
}

/** Where to show what is wrong with a field: there, or at the nearest that holds it. */
export function placeOf(field: string, places: ReadonlySet<string>): string | null {
  for (const path of upwards(field)) {
    if (places.has(path)) return path;
    // a whole row, such as `tests[0]`: its first field speaks for it
    const inside = [...places].find(
      (place) => place.startsWith(`${path}.`) || place.startsWith(`${path}[`),
    );
    if (inside !== undefined) return inside;
  }
  return null;
}

/** The mistakes by the place that shows them; under "" those without one. */
export function placed(mistakes: Mistake[], draft: Draft): Map<string, string> {
  const places = placesOf(draft);
  const shown = new Map<string, string>();
  for (const { field, message } of mistakes) {
    const place = placeOf(field, places) ?? "";
    if (!shown.has(place)) shown.set(place, sentence(message, field));
  }
  return shown;
}

/** The server's words without the path that is told by their place. */
function sentence(message: string, field: string): string {
  const text = message.startsWith(field) ? message.slice(field.length).replace(/^:?\s+/, "") : message;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
