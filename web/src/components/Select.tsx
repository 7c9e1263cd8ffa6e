interface Props<T extends string> {
  label: string;
  value: T;
  choices: readonly (readonly [T, string])[];
  change: (value: T) => void;
}

/** A small select whose first choice usually says what it is for. */
export function Select<T extends string>({ label, value, choices, change }: Props<T>) {
  return (
    <select
      className="select select-sm w-full sm:w-auto"
      aria-label={label}
      value={value}
      onChange={(event) => change(event.target.value as T)}
    >
      {choices.map(([choice, name]) => (
        <option key={choice} value={choice}>
          {name}
        </option>
      ))}
    </select>
  );
}
