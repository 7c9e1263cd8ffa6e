import type { Difficulty } from "../../../api/types";
import { useForm } from "./context";
import { FormSection, TextField } from "./controls";

const DIFFICULTIES: readonly Difficulty[] = ["easy", "medium", "hard"];

export function AboutSection() {
  const { draft, change } = useForm();
  return (
    <FormSection title="About">
      <TextField
        place="title"
        label="Title"
        value={draft.title}
        onChange={(title) => change({ title })}
        placeholder="Two Sum"
      />
      <div className="grid gap-4 sm:grid-cols-[auto_minmax(0,1fr)]">
        <fieldset data-place="difficulty">
          <legend className="mb-1 font-medium">Difficulty</legend>
          <div className="join">
            {DIFFICULTIES.map((difficulty) => (
              <input
                key={difficulty}
                type="radio"
                name="difficulty"
                className="btn join-item checked:btn-primary not-checked:btn-quiet font-normal capitalize"
                aria-label={difficulty}
                checked={draft.difficulty === difficulty}
                onChange={() => change({ difficulty })}
              />
            ))}
          </div>
        </fieldset>
        <TextField
          place="tags"
          label="Topics"
          value={draft.tags}
          onChange={(tags) => change({ tags })}
          placeholder="array, hash map"
          hint="With commas between."
        />
      </div>
    </FormSection>
  );
}

export function StatementSection() {
  const { draft, change } = useForm();
  return (
    <FormSection
      title="Statement"
      hint={
        <>
          An empty line begins a paragraph. <code>`code`</code>, <strong>**bold**</strong> and lists
          with <code>-</code> or <code>1.</code> are shown as such.
        </>
      }
    >
      <TextField
        place="statement"
        label="What is to be done"
        value={draft.statement}
        onChange={(statement) => change({ statement })}
        lines={8}
        placeholder={"You have a list of whole numbers, `nums`, and a number to reach, `target`.\n\nFind …"}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          place="notes"
          label="Notes"
          value={draft.notes}
          onChange={(notes) => change({ notes })}
          lines={3}
          placeholder="There is always exactly one such pair."
          hint="One a line. Leave it empty for none."
        />
        <TextField
          place="constraints"
          label="Constraints"
          value={draft.constraints}
          onChange={(constraints) => change({ constraints })}
          lines={3}
          placeholder="2 ≤ nums.length ≤ 10⁴"
          hint="One a line. Leave it empty for none."
        />
      </div>
    </FormSection>
  );
}
