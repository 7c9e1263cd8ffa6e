import { Plus, X } from "lucide-react";
import { type ReactNode, useId } from "react";

import { useForm } from "./context";

interface SectionProps {
  title: string;
  hint?: ReactNode;
  children: ReactNode;
}

export function FormSection({ title, hint, children }: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="card-surface flex flex-col gap-4 p-4 sm:p-5">
      <header>
        <h2 id={id} className="font-semibold">
          {title}
        </h2>
        {hint && <p className="text-muted mt-0.5 text-xs text-pretty">{hint}</p>}
      </header>
      {children}
    </section>
  );
}

interface FieldProps {
  /** The field's name, as the server's errors use it. */
  place: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: ReactNode;
  placeholder?: string;
  /** Lines to begin with, growing; a field of one line without it. */
  lines?: number;
  code?: boolean;
  /** A label in small letters, for fields in rows. */
  small?: boolean;
  onBlur?: (value: string) => void;
  className?: string;
}

/** A labelled text field that shows what is wrong with it. */
export function TextField(props: FieldProps) {
  const { place, label, value, onChange, hint, placeholder, lines, code, small, className } = props;
  const { mistakes, say } = useForm();
  const id = useId();
  const mistake = mistakes.get(place);
  const common = {
    id,
    value,
    placeholder,
    "data-place": place,
    "aria-invalid": mistake !== undefined || undefined,
    "aria-describedby": mistake !== undefined || hint ? `${id}-note` : undefined,
    spellCheck: code ? false : undefined,
    autoComplete: "off",
    onChange: ({ target }: { target: { value: string } }) => {
      say(place, null);
      onChange(target.value);
    },
    onBlur: ({ target }: { target: { value: string } }) => props.onBlur?.(target.value),
  };
  const look = `w-full ${code ? "font-mono text-[0.8125rem]" : "text-sm"} ${small ? "input-sm" : ""}`;
  return (
    <div className={`flex min-w-0 flex-col gap-1 ${className ?? ""}`}>
      <label htmlFor={id} className={small ? "text-muted truncate text-xs" : "font-medium"}>
        {label}
      </label>
      {lines === undefined ? (
        <input {...common} className={`input ${look} ${mistake ? "input-error" : ""}`} />
      ) : (
        <textarea
          {...common}
          // it grows with its text, which makes `rows` no least height
          style={{ minHeight: `${lines * 1.625 + 1}em` }}
          className={`textarea field-sizing-content max-h-160 leading-relaxed ${look} ${mistake ? "textarea-error" : ""}`}
        />
      )}
      <Note id={`${id}-note`} mistake={mistake} hint={hint} />
    </div>
  );
}

interface NoteProps {
  id: string;
  mistake: string | undefined;
  hint?: ReactNode;
}

function Note({ id, mistake, hint }: NoteProps) {
  if (mistake === undefined && !hint) return null;
  return (
    <p
      id={id}
      className={`text-xs text-pretty break-words ${mistake ? "text-error" : "text-muted"}`}
      {...(mistake && { "data-testid": "mistake" })}
    >
      {mistake ?? hint}
    </p>
  );
}

interface SelectProps {
  place: string;
  label: string;
  value: string;
  choices: readonly (readonly [value: string, name: string])[];
  onChange: (value: string) => void;
  small?: boolean;
  code?: boolean;
  className?: string;
}

export function SelectField(props: SelectProps) {
  const { place, label, value, choices, onChange, small, code, className } = props;
  const { mistakes, say } = useForm();
  const id = useId();
  const mistake = mistakes.get(place);
  return (
    <div className={`flex min-w-0 flex-col gap-1 ${className ?? ""}`}>
      <label htmlFor={id} className={small ? "text-muted text-xs" : "font-medium"}>
        {label}
      </label>
      <select
        id={id}
        className={`select w-full text-sm ${small ? "select-sm" : ""} ${code ? "font-mono text-[0.8125rem]" : ""} ${mistake ? "select-error" : ""}`}
        value={value}
        data-place={place}
        aria-invalid={mistake !== undefined || undefined}
        aria-describedby={mistake ? `${id}-note` : undefined}
        onChange={({ target }) => {
          say(place, null);
          onChange(target.value);
        }}
      >
        {choices.map(([choice, name]) => (
          <option key={choice} value={choice}>
            {name}
          </option>
        ))}
      </select>
      <Note id={`${id}-note`} mistake={mistake} />
    </div>
  );
}

/** Where something wrong with a group as a whole is shown. */
export function GroupMistake({ place }: { place: string }) {
  const mistake = useForm().mistakes.get(place);
  return (
    <div data-place={place} tabIndex={-1} className={mistake ? "" : "hidden"} role="alert">
      <Note id={`${place}-note`} mistake={mistake} />
    </div>
  );
}

export function AddButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" className="btn btn-sm btn-quiet self-start" onClick={onClick}>
      <Plus className="size-4" aria-hidden /> {label}
    </button>
  );
}

interface RemoveProps {
  label: string;
  onClick: () => void;
  disabled?: boolean;
}

export function RemoveButton({ label, onClick, disabled }: RemoveProps) {
  return (
    <button
      type="button"
      className="btn btn-ghost btn-sm btn-square text-muted"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      <X className="size-4" aria-hidden />
    </button>
  );
}
