import { type SubmitEvent, useState } from "react";

import { ApiError, messageOf } from "../../api/client";
import { useChangeProfile } from "../../api/queries";
import type { User } from "../../api/types";
import { formText } from "../../components/forms";
import { Field } from "../../components/Field";
import { toast } from "../../toast";
import { PicturePicker } from "./PicturePicker";

export function ProfileForm({ me }: { me: User }) {
  const [picture, setPicture] = useState(me.profileImage ?? "");
  const change = useChangeProfile();
  const { error } = change;
  const field = error instanceof ApiError ? error.field : null;

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = formText(event.currentTarget)("name").trim();
    change.mutate(
      { name, profileImage: picture },
      {
        onSuccess: ({ user }) => {
          setPicture(user.profileImage ?? "");
          toast("Your profile is saved.", "success");
        },
      },
    );
  };

  return (
    <form className="flex flex-col gap-5" onSubmit={submit}>
      <PicturePicker name={me.name} picture={picture} onPick={setPicture} />
      <Field
        label="Your name"
        name="name"
        autoComplete="name"
        required
        maxLength={60}
        defaultValue={me.name}
        hint="What the others in a session see."
        error={field === "name" ? messageOf(error) : null}
      />
      {error && field !== "name" && (
        <p className="text-error" role="alert">
          {messageOf(error)}
        </p>
      )}
      <Save label="Save" busy={change.isPending} />
    </form>
  );
}

export function Save({ label, busy }: { label: string; busy: boolean }) {
  return (
    <button type="submit" className="btn btn-primary self-start max-sm:self-stretch" disabled={busy}>
      {busy && <span className="loading loading-spinner loading-xs" aria-hidden />}
      {label}
    </button>
  );
}
