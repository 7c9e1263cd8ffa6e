import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";

import { ApiError, messageOf } from "../../api/client";
import { useSaveProblem } from "../../api/problems";
import type { User } from "../../api/types";
import { useTitle } from "../../title";
import { toast } from "../../toast";
import { FormContext } from "./form/context";
import { bodyOf, type Draft } from "./form/draft";
import { ExamplesSection } from "./form/ExamplesSection";
import { placed } from "./form/fields";
import { JudgingSection } from "./form/JudgingSection";
import { SignatureSection } from "./form/SignatureSection";
import { StartersSection } from "./form/StartersSection";
import { draftKey, dropDraft } from "./form/storage";
import { TestsSection } from "./form/TestsSection";
import { AboutSection, StatementSection } from "./form/TextSections";
import { useDraft } from "./form/useDraft";
import { LeaveGuard } from "./LeaveGuard";
import { FoundDraft, Wrong } from "./Notices";
import { CandidateView } from "./CandidateView";
import { WriterHeader } from "./WriterHeader";

interface Props {
  me: User;
  /** `null` for a new one. */
  problemId: string | null;
  stored: Draft;
  base: string;
}

/** The form for one problem, beside what a candidate will see of it. */
export function Writer({ me, problemId, ...first }: Props) {
  const [{ stored, base }] = useState(first);
  const key = draftKey(me._id, problemId);
  const { form, dirty, kept, found, setMistakes, startOver } = useDraft({ key, stored, base });
  const [pane, setPane] = useState<"write" | "preview">("write");
  const [attempts, setAttempts] = useState(0);
  const leaving = useRef(false);
  const save = useSaveProblem(problemId);
  const navigate = useNavigate();
  useTitle(problemId === null ? "New problem" : `Edit ${stored.title}`);
  useFocusOnMistake(attempts);

  const tell = (mistakes: ReadonlyMap<string, string>) => {
    setMistakes(mistakes);
    setPane("write");
    setAttempts((before) => before + 1);
  };
  const leave = (to: string) => {
    leaving.current = true;
    dropDraft(key);
    void navigate(to);
  };
  const submit = () => {
    const { body, mistakes } = bodyOf(form.draft);
    if (mistakes.length > 0) {
      tell(placed(mistakes, form.draft));
      return;
    }
    save.mutate(body, {
      onSuccess: ({ _id }) => {
        toast("Saved", "success");
        leave(`/problems/${_id}`);
      },
      onError: (error) => {
        const field = error instanceof ApiError ? (error.field ?? "") : "";
        tell(placed([{ field, message: messageOf(error) }], form.draft));
      },
    });
  };

  return (
    <FormContext value={form}>
      {/* as high as what is in it, or the header would not stay */}
      <div className="min-h-full">
        <WriterHeader
          problemId={problemId}
          state={dirty ? (kept ? "kept" : "unkept") : "clean"}
          saving={save.isPending}
          pane={pane}
          show={setPane}
          save={submit}
          deleted={() => leave("/problems?mine=true")}
        />
        <main className="mx-auto grid max-w-7xl items-start gap-6 px-3 py-4 sm:px-6 sm:py-6 lg:grid-cols-[minmax(0,7fr)_minmax(0,5fr)]">
          <form
            className={`flex min-w-0 flex-col gap-4 ${pane === "preview" ? "max-lg:hidden" : ""}`}
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              submit();
            }}
          >
            {found && <FoundDraft found={found} startOver={startOver} />}
            <Wrong />
            <AboutSection />
            <StatementSection />
            <SignatureSection />
            <TestsSection />
            <JudgingSection />
            <ExamplesSection />
            <StartersSection />
            <button type="submit" hidden />
          </form>
          <CandidateView draft={form.draft} className={pane === "write" ? "max-lg:hidden" : ""} />
        </main>
      </div>
      <LeaveGuard when={dirty} leaving={leaving} />
    </FormContext>
  );
}

/** To the first place that shows something wrong, after each attempt to save. */
function useFocusOnMistake(attempts: number): void {
  useEffect(() => {
    if (attempts === 0) return;
    const first = document.querySelector<HTMLElement>(
      '[data-place][aria-invalid="true"], [data-place][role="alert"]:not(.hidden)',
    );
    first?.focus({ preventScroll: true });
    first?.scrollIntoView({ block: "center" });
  }, [attempts]);
}
