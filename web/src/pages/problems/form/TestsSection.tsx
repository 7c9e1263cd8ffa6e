import { useForm } from "./context";
import { AddButton, FormSection, GroupMistake, RemoveButton, TextField } from "./controls";
import { parsed, sampleOf, type TestList, typeOfResult } from "./draft";
import { changedTest, withoutTest, withTest } from "./edits";

export function TestsSection() {
  return (
    <FormSection
      title="Tests"
      hint={
        <>
          Arguments and expected values in JSON: <code>[2, 7]</code>, <code>"text"</code>,{" "}
          <code>true</code>.
        </>
      }
    >
      <List
        list="tests"
        title="Visible"
        hint="Candidates see these and can run them; the starters print a line for each."
      />
      <List
        list="hiddenTests"
        title="Hidden"
        hint="Never shown to candidates: edge cases, and values too long to be shown."
      />
    </FormSection>
  );
}

interface ListProps {
  list: TestList;
  title: string;
  hint: string;
}

function List({ list, title, hint }: ListProps) {
  const { draft, change } = useForm();
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="font-medium">{title}</legend>
      <p className="text-muted mb-1 text-xs">{hint}</p>
      {draft[list].map((_, at) => (
        <Row key={at} list={list} at={at} name={`${title} test ${at + 1}`} />
      ))}
      <GroupMistake place={list} />
      <AddButton
        label={`${title} test`}
        onClick={() => change((before) => withTest(before, list))}
      />
    </fieldset>
  );
}

interface RowProps {
  list: TestList;
  at: number;
  name: string;
}

function Row({ list, at, name }: RowProps) {
  const { draft, change } = useForm();
  const row = draft[list][at];
  if (row === undefined) return null;
  return (
    <div
      role="group"
      aria-label={name}
      className="border-base-300 rounded-field flex items-start gap-1 border py-2 pr-1 pl-3"
    >
      <span className="text-muted w-5 shrink-0 pt-6.5 text-xs tabular-nums" aria-hidden>
        {at + 1}
      </span>
      <div className="flex min-w-0 flex-1 flex-wrap gap-2 *:min-w-36 *:flex-1">
        {draft.parameters.map((parameter, arg) => (
          <Value
            key={arg}
            place={`${list}[${at}].args[${arg}]`}
            label={parameter.name || `argument ${arg + 1}`}
            type={parameter.type}
            value={row.args[arg] ?? ""}
            onChange={(text) =>
              change((before) =>
                changedTest(before, list, at, ({ args, expected }) => ({
                  args: args.with(arg, text),
                  expected,
                })),
              )
            }
          />
        ))}
        <Value
          place={`${list}[${at}].expected`}
          label="expected"
          type={typeOfResult(draft) + (draft.compare === "one-of" ? "[]" : "")}
          value={row.expected}
          onChange={(expected) =>
            change((before) => changedTest(before, list, at, ({ args }) => ({ args, expected })))
          }
        />
      </div>
      <div className="pt-4.5">
        <RemoveButton
          label={`Remove ${name.toLowerCase()}`}
          disabled={draft[list].length === 1}
          onClick={() => change((before) => withoutTest(before, list, at))}
        />
      </div>
    </div>
  );
}

interface ValueProps {
  place: string;
  label: string;
  type: string;
  value: string;
  onChange: (text: string) => void;
}

/** A value in JSON, looked at as soon as it is left. */
function Value({ place, label, type, value, onChange }: ValueProps) {
  const { say } = useForm();
  return (
    <TextField
      place={place}
      label={label}
      small
      code
      value={value}
      placeholder={sampleOf(type)}
      onChange={onChange}
      onBlur={(text) => {
        const read = parsed(text, type);
        if (text.trim() !== "" && "message" in read) say(place, read.message);
      }}
    />
  );
}
