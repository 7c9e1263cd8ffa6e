import { useForm } from "./context";
import { FormSection, SelectField, TextField } from "./controls";
import { type CompareKind, DEFAULT_TOLERANCE } from "./draft";

const COMPARISONS: readonly (readonly [CompareKind, string])[] = [
  ["exact", "It equals the expected value"],
  ["any-order", "Its entries are the same, in any order"],
  ["one-of", "It equals one of several values"],
  ["tolerance", "Its numbers are close enough"],
];

/** When a result counts, and what a run may use. */
export function JudgingSection() {
  const { draft, change } = useForm();
  return (
    <FormSection title="Judging" hint="When a result is right, and what all tests together may use.">
      <div className="flex flex-wrap gap-x-4 gap-y-3 *:min-w-40 *:flex-1">
        <SelectField
          place="compare"
          label="A result is right when"
          small
          value={draft.compare}
          choices={COMPARISONS}
          onChange={(compare) => change({ compare: compare as CompareKind })}
        />
        {draft.compare === "tolerance" && (
          <TextField
            place="compare.tolerance"
            label="Tolerance, absolute or relative"
            small
            code
            value={draft.tolerance}
            placeholder={String(DEFAULT_TOLERANCE)}
            onChange={(tolerance) => change({ tolerance })}
          />
        )}
      </div>
      {draft.compare === "one-of" && (
        <p className="text-muted text-xs text-pretty">
          Expected values are lists of the results that are right: <code>[1, 3]</code> takes 1
          and 3.
        </p>
      )}
      <div className="flex flex-wrap gap-x-4 gap-y-3 *:min-w-40 *:flex-1">
        <TextField
          place="limits.seconds"
          label="Seconds"
          small
          code
          value={draft.seconds}
          placeholder="as for any run"
          onChange={(seconds) => change({ seconds })}
        />
        <TextField
          place="limits.memoryMib"
          label="Memory in MiB"
          small
          code
          value={draft.memoryMib}
          placeholder="as for any run"
          onChange={(memoryMib) => change({ memoryMib })}
        />
      </div>
    </FormSection>
  );
}
