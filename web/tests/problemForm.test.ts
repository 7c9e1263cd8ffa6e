import { describe, expect, test } from "vitest";

import type { ProblemBody } from "../src/api/types";
import { shown } from "../src/json";
import {
  bodyOf,
  type Draft,
  draftOf,
  emptyDraft,
  parsed,
  sampleOf,
  textsOf,
} from "../src/pages/problems/form/draft";
import {
  changedParameter,
  changedTest,
  withExamplesFromTests,
  withoutParameter,
  withParameter,
  withTest,
} from "../src/pages/problems/form/edits";
import { placed, placeOf, placesOf } from "../src/pages/problems/form/fields";
import { nameIn } from "../src/pages/problems/form/names";

const BODY: ProblemBody = {
  title: "Two Sum",
  difficulty: "easy",
  tags: ["array", "hash map"],
  statement: "Find two.\n\n- One\n- Two\n",
  notes: ["There is one pair."],
  examples: [{ input: "nums = [3, 3], target = 6", output: "[0, 1]", explanation: "3 + 3" }],
  constraints: ["2 ≤ nums.length", "0 < target"],
  signature: {
    name: { python: "two_sum", javascript: "twoSum", java: "findTwo" },
    parameters: [
      { name: "nums", type: "integer[]" },
      { name: "target", type: "integer" },
    ],
    result: { type: "integer[]" },
  },
  starter: { python: "def two_sum(nums, target):\n    pass\n" },
  tests: [{ args: [[3, 3], 6], expected: [0, 1] }],
  hiddenTests: [{ args: [[-1, 1, 2.5], 0], expected: [0, 1] }],
  compare: "exact",
  limits: { seconds: null, memoryMib: null },
};

const draft = (changes: Partial<Draft> = {}): Draft => ({ ...draftOf(BODY), ...changes });

describe("a problem as a form", () => {
  test("comes back from the form as it went in", () => {
    expect(bodyOf(draftOf(BODY))).toEqual({ body: BODY, mistakes: [] });
  });

  test.each([
    ["any-order", {}],
    ["one-of", { seconds: 2.5 }],
    [{ tolerance: 0.001 }, { seconds: 1, memoryMib: 64 }],
  ] as const)("with %j as what counts and limits %j as well", (compare, limits) => {
    const body: ProblemBody = { ...BODY, compare, limits: { ...BODY.limits, ...limits } };
    expect(bodyOf(draftOf(body))).toEqual({ body, mistakes: [] });
  });

  test("a limit that is no number is named", () => {
    const { mistakes } = bodyOf(draft({ seconds: "two" }));
    expect(mistakes.map(({ field }) => field)).toEqual(["limits.seconds"]);
  });

  test("starters that were left to the server stay left to it", () => {
    const left = { ...BODY, starter: { python: "", javascript: "", java: "" } };
    expect(bodyOf(draftOf(left)).body.starter).toEqual({});
  });

  test("with a parameter changed in place as well", () => {
    const body: ProblemBody = {
      ...BODY,
      signature: { ...BODY.signature, result: { type: "integer[]", inPlace: "nums" } },
    };
    expect(bodyOf(draftOf(body)).body).toEqual(body);
  });

  test("names that follow from the one are left to follow it", () => {
    expect(draft().names).toEqual({ python: "", javascript: "", java: "findTwo" });
    const { signature } = bodyOf(draft({ functionName: "firstPair" })).body;
    expect(signature.name).toEqual({
      python: "first_pair",
      javascript: "firstPair",
      java: "findTwo",
    });
  });

  test("lists lose their empty lines and blanks", () => {
    const texts = textsOf(draft({ tags: " a,, b c ,", notes: "\n one \n\n two\n" }));
    expect(texts.tags).toEqual(["a", "b c"]);
    expect(texts.notes).toEqual(["one", "two"]);
  });

  test("a starter written by hand ends with LF and has no other line ends", () => {
    const { starter } = bodyOf(draft({ starter: { java: "class Main {\r\n}" } })).body;
    expect(starter).toEqual({ java: "class Main {\n}\n" });
  });

  test("every value that is no JSON is named, in the order of the form", () => {
    const broken = draft({
      tests: [
        { args: ["[3, 3", ""], expected: "[0, 1]" },
        { args: ["[1]", "2"], expected: "nothing" },
      ],
      hiddenTests: [{ args: ["[1]", "six"], expected: "[]" }],
    });
    expect(bodyOf(broken).mistakes.map(({ field }) => field)).toEqual([
      "tests[0].args[0]",
      "tests[0].args[1]",
      "tests[1].expected",
      "hiddenTests[0].args[1]",
    ]);
  });

  test("an empty form has a place for all that is missing", () => {
    const { mistakes } = bodyOf(emptyDraft());
    expect(placed(mistakes, emptyDraft()).has("")).toBe(false);
  });
});

describe("values", () => {
  test("text without quotes is told what it lacks", () => {
    expect(parsed("abc", "string")).toEqual({ message: 'Text goes in quotes: "abc".' });
    expect(parsed('"abc"', "string")).toEqual({ value: "abc" });
    expect(parsed(" ", "integer")).toEqual({ message: "A value is missing." });
  });

  test("a sample of every type is a value of it", () => {
    expect(sampleOf("integer[]")).toBe("[3, 7]");
    expect(sampleOf("string[][]")).toBe('[["one", "two"]]');
    expect(parsed(sampleOf("character[][][]"), "")).toEqual({ value: [[["a", "b"]]] });
  });

  test("are shown on one line with blanks behind commas", () => {
    expect(shown([[1, 2], [], ["a,b"]])).toBe('[[1, 2], [], ["a,b"]]');
    expect(shown(null)).toBe("null");
    expect(shown(undefined)).toBe("");
  });
});

describe("names of functions", () => {
  test.each(["two_sum", "twoSum", "Two sum", "two-sum"])("%s in each language", (name) => {
    expect(nameIn("python", name)).toBe("two_sum");
    expect(nameIn("javascript", name)).toBe("twoSum");
    expect(nameIn("java", name)).toBe("twoSum");
  });
});

describe("changes of the form", () => {
  test("a parameter more or less changes every test with it", () => {
    const wider = withParameter(draft());
    expect(wider.tests[0]?.args).toEqual(["[3, 3]", "6", ""]);
    expect(wider.hiddenTests[0]?.args).toHaveLength(3);
    const narrower = withoutParameter(draft(), 0);
    expect(narrower.parameters.map(({ name }) => name)).toEqual(["target"]);
    expect(narrower.tests[0]?.args).toEqual(["6"]);
  });

  test("the parameter that is changed in place keeps being it when renamed, not when removed", () => {
    const inPlace = draft({ inPlace: "nums" });
    expect(changedParameter(inPlace, 0, { name: "values" }).inPlace).toBe("values");
    expect(changedParameter(inPlace, 1, { name: "goal" }).inPlace).toBe("nums");
    expect(withoutParameter(inPlace, 0).inPlace).toBeNull();
  });

  test("a new test has a field for every parameter", () => {
    const { tests } = withTest(draft(), "tests");
    expect(tests[1]).toEqual({ args: ["", ""], expected: "" });
  });

  test("examples are made once of each visible test that is filled in", () => {
    const more = changedTest(withTest(draft(), "tests"), "tests", 1, () => ({
      args: ["[2, 4]", "6"],
      expected: "[0, 1]",
    }));
    const { examples } = withExamplesFromTests(withTest(more, "tests"));
    expect(examples.map(({ input }) => input)).toEqual([
      "nums = [3, 3], target = 6",
      "nums = [2, 4], target = 6",
    ]);
  });
});

describe("what the server finds wrong", () => {
  const places = placesOf(draft());

  test.each([
    ["tests[0].args[1]", "tests[0].args[1]"],
    ["tests[0].args", "tests[0].args[0]"],
    ["tests[0]", "tests[0].args[0]"],
    ["tests[7].expected", "tests"],
    ["hiddenTests", "hiddenTests"],
    ["tests[0].args[0][3].deeper", "tests[0].args[0]"],
    ["signature.name.java", "signature.name.java"],
    ["signature.parameters[1].type", "signature.parameters[1].type"],
    ["signature.result.type", "signature.result.type"],
    ["signature.result", "signature.result.type"],
    ["notes[3]", "notes"],
    ["tags[0]", "tags"],
    ["starter.python", "starter.python"],
    ["examples[0].output", "examples[0].output"],
  ])("%s is shown at %s", (field, place) => {
    expect(placeOf(field, places)).toBe(place);
  });

  test("the type of what is changed in place is shown where that is chosen", () => {
    const inPlace = placesOf(draft({ inPlace: "nums" }));
    expect(placeOf("signature.result.type", inPlace)).toBe("signature.result.inPlace");
  });

  test("what has no place is shown above the form", () => {
    expect(placeOf("somethingElse", places)).toBeNull();
    expect(placed([{ field: "", message: "no" }], draft()).get("")).toBe("No");
  });

  test("the message does not repeat the path that its place tells", () => {
    const said = placed([{ field: "tests[0].args[1]", message: "tests[0].args[1]: 'x' is not integer" }], draft());
    expect(said.get("tests[0].args[1]")).toBe("'x' is not integer");
  });
});
