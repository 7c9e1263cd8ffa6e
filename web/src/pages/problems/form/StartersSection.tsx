import { PencilLine, Sparkles } from "lucide-react";
import { useState } from "react";

import { messageOf } from "../../../api/client";
import { useProblemPreview } from "../../../api/problems";
import type { Language, ProblemBody } from "../../../api/types";
import { useSettled } from "../../../components/useSettled";
import { useForm } from "./context";
import { FormSection, GroupMistake, TextField } from "./controls";
import { bodyOf, type Draft } from "./draft";
import { LANGUAGES } from "./names";

/** All that starters are made from; the rest of the draft need not be finished for it. */
function starterBody(draft: Draft): ProblemBody | null {
  const { tests } = draft;
  const { body, mistakes } = bodyOf({ ...draft, hiddenTests: tests.slice(0, 1), starter: {} });
  const names = [draft.functionName, ...draft.parameters.map(({ name }) => name)];
  if (mistakes.length > 0 || names.some((name) => name.trim() === "")) return null;
  const texts = { tags: [], notes: [], examples: [], constraints: [] };
  return { ...body, ...texts, title: "Draft", statement: "Draft" };
}

export function StartersSection() {
  const { draft, change, mistakes } = useForm();
  const [language, setLanguage] = useState<Language>("python");
  // One that something is wrong with comes to the front, once.
  const wrong = LANGUAGES.find(([each]) => mistakes.has(`starter.${each}`))?.[0];
  const [lastWrong, setLastWrong] = useState(wrong);
  if (wrong !== lastWrong) {
    setLastWrong(wrong);
    if (wrong !== undefined) setLanguage(wrong);
  }
  const own = draft.starter[language];
  const body = useSettled(JSON.stringify(starterBody(draft)));
  const made = useProblemPreview(JSON.parse(body) as ProblemBody | null);
  const generated = made.isError || body === "null" ? undefined : made.data?.starter[language];
  const set = (text: string | undefined) => {
    const others = Object.entries(draft.starter).filter(([each]) => each !== language);
    change({
      starter: Object.fromEntries(text === undefined ? others : [...others, [language, text]]),
    });
  };
  return (
    <FormSection
      title="Starters"
      hint="What candidates find in the editor. Made from the function and the visible tests, unless you write one yourself."
    >
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Languages shown={language} pick={setLanguage} written={draft.starter} />
        {own === undefined ? (
          <button
            type="button"
            className="btn btn-sm btn-quiet"
            disabled={generated === undefined}
            onClick={() => set(generated)}
          >
            <PencilLine className="size-3.5" aria-hidden /> Change it
          </button>
        ) : (
          <button type="button" className="btn btn-sm btn-quiet" onClick={() => set(undefined)}>
            <Sparkles className="size-3.5" aria-hidden /> Use the generated one
          </button>
        )}
      </div>
      {own !== undefined ? (
        <TextField
          place={`starter.${language}`}
          label={`Starter in ${LANGUAGES.find(([each]) => each === language)?.[1] ?? language}`}
          small
          code
          lines={10}
          value={own}
          onChange={set}
        />
      ) : (
        <>
          <Generated text={generated} why={made.isError ? messageOf(made.error) : null} />
          <GroupMistake place={`starter.${language}`} />
        </>
      )}
    </FormSection>
  );
}

function Generated({ text, why }: { text: string | undefined; why: string | null }) {
  if (text === undefined) {
    return (
      <p className="text-muted bg-base-200/60 rounded-field px-3 py-4 text-center text-pretty">
        {why === null
          ? "They appear here once the function and the tests are filled in."
          : `They appear here once this is right: ${why}`}
      </p>
    );
  }
  return (
    <pre
      className="bg-base-200/60 rounded-field max-h-120 overflow-auto px-3 py-2.5 font-mono text-xs leading-5"
      data-testid="generated-starter"
      tabIndex={0}
    >
      {text}
    </pre>
  );
}

interface LanguagesProps {
  shown: Language;
  pick: (language: Language) => void;
  written: Draft["starter"];
}

function Languages({ shown, pick, written }: LanguagesProps) {
  return (
    <div role="group" aria-label="Language" className="join">
      {LANGUAGES.map(([language, name]) => (
        <button
          key={language}
          type="button"
          aria-pressed={language === shown}
          className={`btn btn-sm join-item font-normal ${language === shown ? "btn-primary" : "btn-quiet"}`}
          onClick={() => pick(language)}
        >
          {name}
          {written[language] !== undefined && (
            <PencilLine className="size-3" aria-label="written by you" />
          )}
        </button>
      ))}
    </div>
  );
}
