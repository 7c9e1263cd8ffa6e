import type { Parameter } from "../../../api/types";
import type { Draft, ExampleRow, TestList, TestRow } from "./draft";

/** Changes of the form that touch more than one field; each returns another draft. */

/** A parameter more, with a value to fill in for each test. */
export function withParameter(draft: Draft): Draft {
  const parameter: Parameter = { name: "", type: "integer" };
  const wider = (row: TestRow) => ({ ...row, args: [...row.args, ""] });
  return {
    ...draft,
    parameters: [...draft.parameters, parameter],
    tests: draft.tests.map(wider),
    hiddenTests: draft.hiddenTests.map(wider),
  };
}

/** Without a parameter and its value in each test. */
export function withoutParameter(draft: Draft, at: number): Draft {
  const narrower = (row: TestRow) => ({ ...row, args: row.args.toSpliced(at, 1) });
  return {
    ...draft,
    parameters: draft.parameters.toSpliced(at, 1),
    inPlace: draft.inPlace === draft.parameters[at]?.name ? null : draft.inPlace,
    tests: draft.tests.map(narrower),
    hiddenTests: draft.hiddenTests.map(narrower),
  };
}

/** A parameter changed; one that is changed in place stays so under its new name. */
export function changedParameter(draft: Draft, at: number, change: Partial<Parameter>): Draft {
  const before = draft.parameters[at];
  if (before === undefined) return draft;
  const after = { ...before, ...change };
  const followed = draft.inPlace !== null && draft.inPlace === before.name;
  return {
    ...draft,
    parameters: draft.parameters.with(at, after),
    inPlace: followed ? after.name : draft.inPlace,
  };
}

export function withTest(draft: Draft, list: TestList): Draft {
  const row: TestRow = { args: draft.parameters.map(() => ""), expected: "" };
  return { ...draft, [list]: [...draft[list], row] };
}

export function withoutTest(draft: Draft, list: TestList, at: number): Draft {
  return { ...draft, [list]: draft[list].toSpliced(at, 1) };
}

export function changedTest(
  draft: Draft,
  list: TestList,
  at: number,
  change: (row: TestRow) => TestRow,
): Draft {
  return { ...draft, [list]: draft[list].map((row, each) => (each === at ? change(row) : row)) };
}

/** An example for each visible test that is filled in and is not among them yet. */
export function withExamplesFromTests(draft: Draft): Draft {
  const known = new Set(draft.examples.map(({ input }) => input.trim()));
  const written = draft.examples.filter(({ input, output, explanation }) =>
    [input, output, explanation].some((text) => text.trim() !== ""),
  );
  const made = draft.tests
    .filter(({ args, expected }) => [...args, expected].every((text) => text.trim() !== ""))
    .map((row): ExampleRow => ({
      input: draft.parameters
        .map(({ name }, at) => `${name} = ${(row.args[at] ?? "").trim()}`)
        .join(", "),
      output: row.expected.trim(),
      explanation: "",
    }))
    .filter(({ input }) => !known.has(input));
  return { ...draft, examples: [...written, ...made] };
}
