import { useForm } from "./context";
import { AddButton, FormSection, GroupMistake, RemoveButton, SelectField, TextField } from "./controls";
import { changedParameter, withoutParameter, withParameter } from "./edits";
import { LANGUAGES, nameIn } from "./names";

const SCALARS = ["integer", "number", "string", "character", "boolean"];
const TYPES = [
  ...["", "[]", "[][]"].flatMap((arrays) => SCALARS.map((scalar) => scalar + arrays)),
  ...["linked-list", "tree"].flatMap((nodes) =>
    ["integer", "number", "string"].map((scalar) => `${nodes}<${scalar}>`),
  ),
];

/** The known types, and one that the problem has beside them. */
function typeChoices(present: string): [string, string][] {
  const types = TYPES.includes(present) ? TYPES : [...TYPES, present];
  return types.map((type) => [type, type]);
}

export function SignatureSection() {
  const { draft, change } = useForm();
  return (
    <FormSection
      title="Function"
      hint="What the candidate writes. Tests and starters in all languages follow from it."
    >
      <div className="grid gap-x-4 gap-y-3 sm:grid-cols-[minmax(0,4fr)_minmax(0,6fr)]">
        <TextField
          place="signature.name"
          label="Name"
          code
          value={draft.functionName}
          onChange={(functionName) => change({ functionName })}
          placeholder="two_sum"
        />
        <div className="grid grid-cols-3 items-end gap-2">
          {LANGUAGES.map(([language, label]) => (
            <TextField
              key={language}
              place={`signature.name.${language}`}
              label={`in ${label}`}
              small
              code
              value={draft.names[language]}
              placeholder={nameIn(language, draft.functionName)}
              onChange={(name) => change({ names: { ...draft.names, [language]: name } })}
            />
          ))}
        </div>
      </div>
      <Parameters />
      <Result />
    </FormSection>
  );
}

function Parameters() {
  const { draft, change } = useForm();
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium">Parameters</legend>
      {draft.parameters.map(({ name, type }, at) => (
        <div key={at} className="flex items-start gap-2">
          <TextField
            place={`signature.parameters[${at}].name`}
            label={`Name ${at + 1}`}
            small
            code
            className="flex-1"
            value={name}
            placeholder="nums"
            onChange={(next) => change((before) => changedParameter(before, at, { name: next }))}
          />
          <SelectField
            place={`signature.parameters[${at}].type`}
            label={`Type ${at + 1}`}
            small
            code
            className="flex-1"
            value={type}
            choices={typeChoices(type)}
            onChange={(next) => change((before) => changedParameter(before, at, { type: next }))}
          />
          <div className="pt-5">
            <RemoveButton
              label={`Remove parameter ${name || at + 1}`}
              disabled={draft.parameters.length === 1}
              onClick={() => change((before) => withoutParameter(before, at))}
            />
          </div>
        </div>
      ))}
      <GroupMistake place="signature.parameters" />
      <AddButton label="Parameter" onClick={() => change(withParameter)} />
    </fieldset>
  );
}

const RETURNED = "returned";

function Result() {
  const { draft, change } = useForm();
  const named = draft.parameters.map(({ name }) => name).filter(Boolean);
  const changeable = [...new Set(named)].map((name): [string, string] => [
    `changed ${name}`,
    `${name}, changed in place`,
  ]);
  return (
    <fieldset>
      <legend className="mb-1 font-medium">Result</legend>
      <div className="flex flex-wrap gap-2 *:min-w-40">
        <SelectField
          place="signature.result.inPlace"
          label="What counts"
          small
          className="flex-1"
          value={draft.inPlace === null ? RETURNED : `changed ${draft.inPlace}`}
          choices={[[RETURNED, "The value returned"], ...changeable]}
          onChange={(next) =>
            change({ inPlace: next === RETURNED ? null : next.slice("changed ".length) })
          }
        />
        {draft.inPlace === null ? (
          <SelectField
            place="signature.result.type"
            label="Its type"
            small
            code
            className="flex-1"
            value={draft.resultType}
            choices={typeChoices(draft.resultType)}
            onChange={(resultType) => change({ resultType })}
          />
        ) : (
          <span className="flex-1 max-sm:hidden" />
        )}
        <span className="w-8 min-w-8! max-sm:hidden" aria-hidden />
      </div>
    </fieldset>
  );
}
