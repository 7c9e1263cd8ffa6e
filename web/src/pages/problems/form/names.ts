import type { Language } from "../../../api/types";

export const LANGUAGES: readonly (readonly [Language, string])[] = [
  ["python", "Python"],
  ["javascript", "JavaScript"],
  ["java", "Java"],
];

/** `twoSum`, `two_sum`, `Two sum` -> two, sum. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
    .map((word) => word.toLowerCase());
}

/** A function's name as a language writes it: snake_case in Python, camelCase elsewhere. */
export function nameIn(language: Language, name: string): string {
  const words = wordsOf(name);
  if (language === "python") return words.join("_");
  return words
    .map((word, at) => (at === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join("");
}
