import { useForm } from "./context";
import { AddButton, FormSection, GroupMistake, RemoveButton, TextField } from "./controls";
import type { ExampleRow } from "./draft";
import { withExamplesFromTests } from "./edits";

const PARTS = [
  ["input", "Input", true],
  ["output", "Output", true],
  ["explanation", "Explanation", false],
] as const;

export function ExamplesSection() {
  const { draft, change } = useForm();
  const set = (at: number, part: Partial<ExampleRow>) =>
    change(({ examples, ...rest }) => ({
      ...rest,
      examples: examples.map((each, index) => (index === at ? { ...each, ...part } : each)),
    }));
  return (
    <FormSection title="Examples" hint="Shown below the statement.">
      {draft.examples.map((example, at) => (
        <div
          key={at}
          role="group"
          aria-label={`Example ${at + 1}`}
          className="border-base-300 rounded-field flex items-start gap-1 border py-2 pr-1 pl-3"
        >
          <div className="grid min-w-0 flex-1 gap-2 sm:grid-cols-2">
            {PARTS.map(([part, label, code]) => (
              <TextField
                key={part}
                place={`examples[${at}].${part}`}
                label={label}
                small
                code={code}
                className={part === "explanation" ? "sm:col-span-2" : ""}
                value={example[part]}
                onChange={(text) => set(at, { [part]: text })}
              />
            ))}
          </div>
          <div className="pt-4.5">
            <RemoveButton
              label={`Remove example ${at + 1}`}
              onClick={() => change({ examples: draft.examples.toSpliced(at, 1) })}
            />
          </div>
        </div>
      ))}
      <GroupMistake place="examples" />
      <div className="flex flex-wrap gap-2">
        <AddButton
          label="Example"
          onClick={() =>
            change({ examples: [...draft.examples, { input: "", output: "", explanation: "" }] })
          }
        />
        <AddButton label="From the visible tests" onClick={() => change(withExamplesFromTests)} />
      </div>
    </FormSection>
  );
}
