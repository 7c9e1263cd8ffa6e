import type {
  Difficulty,
  Language,
  Parameter,
  ProblemBody,
  ProblemTexts,
  Test,
} from "../../../api/types";
import { shown } from "../../../json";
import { LANGUAGES, nameIn } from "./names";

/** A test as it is written down: every value as JSON text. */
export interface TestRow {
  args: string[];
  expected: string;
}

export interface ExampleRow {
  input: string;
  output: string;
  explanation: string;
}

/** Both lists of tests, by the name that the server's errors give them. */
export type TestList = "tests" | "hiddenTests";

export type CompareKind = "exact" | "any-order" | "one-of" | "tolerance";

/** What stands in the form. */
export interface Draft {
  title: string;
  difficulty: Difficulty;
  /** With commas between. */
  tags: string;
  statement: string;
  /** One a line. */
  notes: string;
  constraints: string;
  examples: ExampleRow[];
  functionName: string;
  /** Where a language does not follow from `functionName`; "" where it does. */
  names: Record<Language, string>;
  parameters: Parameter[];
  /** The type returned; unused while `inPlace` names the parameter that is changed instead. */
  resultType: string;
  inPlace: string | null;
  tests: TestRow[];
  hiddenTests: TestRow[];
  compare: CompareKind;
  /** Numbers as they were typed; "" for what any run may. */
  tolerance: string;
  seconds: string;
  memoryMib: string;
  /** Starters written by hand; the server makes the others. */
  starter: Partial<Record<Language, string>>;
}

const test = (parameters: number): TestRow => ({
  args: Array.from({ length: parameters }, () => ""),
  expected: "",
});

/** What a tolerance is that is left out. */
export const DEFAULT_TOLERANCE = 1e-6;

export const emptyDraft = (): Draft => ({
  title: "",
  difficulty: "easy",
  tags: "",
  statement: "",
  notes: "",
  constraints: "",
  examples: [],
  functionName: "",
  names: { python: "", javascript: "", java: "" },
  parameters: [{ name: "", type: "integer[]" }],
  resultType: "integer",
  inPlace: null,
  tests: [test(1), test(1)],
  hiddenTests: [test(1)],
  compare: "exact",
  tolerance: "",
  seconds: "",
  memoryMib: "",
  starter: {},
});

/** The function's name in a language: as written for it, else made from the one name. */
export function functionNameIn(draft: Draft, language: Language): string {
  return draft.names[language].trim() || nameIn(language, draft.functionName);
}

/** The form for a stored problem. */
export function draftOf(body: ProblemBody): Draft {
  const { signature } = body;
  const functionName = signature.name.python;
  const nameFor = (language: Language) => {
    const name = signature.name[language];
    return name === nameIn(language, functionName) ? "" : name;
  };
  const rowOf = ({ args, expected }: Test) => ({ args: args.map(shown), expected: shown(expected) });
  return {
    title: body.title,
    difficulty: body.difficulty,
    tags: body.tags.join(", "),
    statement: body.statement,
    notes: body.notes.join("\n"),
    constraints: body.constraints.join("\n"),
    examples: body.examples.map(({ input, output, explanation }) => ({
      input,
      output,
      explanation: explanation ?? "",
    })),
    functionName,
    names: { python: nameFor("python"), javascript: nameFor("javascript"), java: nameFor("java") },
    parameters: signature.parameters.map(({ name, type }) => ({ name, type })),
    resultType: signature.result.type,
    inPlace: signature.result.inPlace ?? null,
    tests: body.tests.map(rowOf),
    hiddenTests: body.hiddenTests.map(rowOf),
    compare: typeof body.compare === "string" ? body.compare : "tolerance",
    tolerance: typeof body.compare === "string" ? "" : String(body.compare.tolerance),
    seconds: textOf(body.limits.seconds),
    memoryMib: textOf(body.limits.memoryMib),
    // one that was left to the server comes back empty
    starter: Object.fromEntries(Object.entries(body.starter).filter(([, text]) => text !== "")),
  };
}

const textOf = (number: number | null | undefined) => (number == null ? "" : String(number));

const separate = (text: string, by: string) =>
  text
    .split(by)
    .map((part) => part.trim())
    .filter(Boolean);

/** The part that a candidate reads, as it stands; unfinished rows included. */
export function textsOf(draft: Draft): ProblemTexts {
  return {
    title: draft.title.trim(),
    difficulty: draft.difficulty,
    tags: separate(draft.tags, ","),
    statement: draft.statement.replaceAll("\r\n", "\n"),
    notes: separate(draft.notes, "\n"),
    examples: draft.examples.map((example) => ({ ...example })),
    constraints: separate(draft.constraints, "\n"),
  };
}

/** Something wrong at a place in the form. */
export interface Mistake {
  field: string;
  message: string;
}

/** What to send, and every value that is no JSON; with mistakes the body is not fit to be sent. */
export function bodyOf(draft: Draft): { body: ProblemBody; mistakes: Mistake[] } {
  const mistakes: Mistake[] = [];
  const read = (text: string, field: string, type: string): unknown => {
    const value = parsed(text, type);
    if ("message" in value) mistakes.push({ field, message: value.message });
    return "value" in value ? value.value : null;
  };
  const number = (text: string, field: string): number | null => {
    if (text.trim() === "") return null;
    if (!Number.isFinite(Number(text))) mistakes.push({ field, message: "This is no number." });
    return Number(text);
  };
  const resultType = typeOfResult(draft);
  const expectedType = draft.compare === "one-of" ? `${resultType}[]` : resultType;
  const testsOf = (list: TestList) =>
    draft[list].map(({ args, expected }, at): Test => ({
      args: args.map((text, arg) =>
        read(text, `${list}[${at}].args[${arg}]`, draft.parameters[arg]?.type ?? ""),
      ),
      expected: read(expected, `${list}[${at}].expected`, expectedType),
    }));
  const name = Object.fromEntries(
    LANGUAGES.map(([language]) => [language, functionNameIn(draft, language)]),
  ) as Record<Language, string>;
  const body: ProblemBody = {
    ...textsOf(draft),
    signature: {
      name,
      parameters: draft.parameters.map((each) => ({ name: each.name.trim(), type: each.type })),
      result: { type: resultType, ...(draft.inPlace !== null && { inPlace: draft.inPlace }) },
    },
    starter: Object.fromEntries(
      Object.entries(draft.starter).map(([language, text]) => [language, ended(text)]),
    ),
    tests: testsOf("tests"),
    hiddenTests: testsOf("hiddenTests"),
    compare:
      draft.compare === "tolerance"
        ? { tolerance: number(draft.tolerance, "compare.tolerance") ?? DEFAULT_TOLERANCE }
        : draft.compare,
    limits: {
      seconds: number(draft.seconds, "limits.seconds"),
      memoryMib: number(draft.memoryMib, "limits.memoryMib"),
    },
  };
  return { body, mistakes };
}

/** The type that a test's expected value has. */
export function typeOfResult(draft: Draft): string {
  if (draft.inPlace === null) return draft.resultType;
  return draft.parameters.find(({ name }) => name === draft.inPlace)?.type ?? draft.resultType;
}

/** A starter ends with a line end, whatever the text field made of it. */
function ended(text: string): string {
  const plain = text.replaceAll("\r\n", "\n");
  return plain.endsWith("\n") ? plain : `${plain}\n`;
}

/** A value of a test, or what to say about a text that is none. */
export function parsed(text: string, type: string): { value: unknown } | { message: string } {
  if (text.trim() === "") return { message: "A value is missing." };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    if (type === "string" || type === "character") return { message: 'Text goes in quotes: "abc".' };
    return { message: `This is not JSON: write it like ${sampleOf(type)}.` };
  }
}

const SAMPLES: Record<string, [string, string]> = {
  integer: ["3", "7"],
  number: ["2.5", "0.1"],
  string: ['"one"', '"two"'],
  character: ['"a"', '"b"'],
  boolean: ["true", "false"],
};

/** A value of a type, to show how one is written. */
export function sampleOf(type: string): string {
  if (type.endsWith("[]")) {
    const element = type.slice(0, -2);
    const pair = SAMPLES[element];
    return pair ? `[${pair.join(", ")}]` : `[${sampleOf(element)}]`;
  }
  const nodes = /^(linked-list|tree)<(\w+)>$/.exec(type);
  if (nodes) {
    const pair = SAMPLES[nodes[2] ?? ""] ?? ["1", "2"];
    return `[${pair.join(nodes[1] === "tree" ? ", null, " : ", ")}]`;
  }
  return SAMPLES[type]?.[0] ?? "1";
}
