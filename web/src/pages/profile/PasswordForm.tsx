import type { SubmitEvent } from "react";

import { ApiError, messageOf } from "../../api/client";
import { useChangePassword } from "../../api/queries";
import { formText } from "../../components/forms";
import { Field } from "../../components/Field";
import { toast } from "../../toast";
import { Save } from "./ProfileForm";

/** `email`: so that password managers know whose password it is. */
export function PasswordForm({ email }: { email: string }) {
  const change = useChangePassword();
  const { error } = change;
  const field = error instanceof ApiError ? error.field : null;
  const at = (name: string) => (field === name ? messageOf(error) : null);

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const value = formText(form);
    change.mutate(
      { current: value("current"), new: value("new") },
      {
        onSuccess: () => {
          form.reset();
          toast("Your password is changed. You are signed out everywhere else.", "success");
        },
      },
    );
  };

  return (
    <form className="flex flex-col gap-4" onSubmit={submit}>
      <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />
      <Field
        label="Current password"
        name="current"
        type="password"
        autoComplete="current-password"
        required
        error={at("current")}
      />
      <Field
        label="New password"
        name="new"
        type="password"
        autoComplete="new-password"
        required
        minLength={8}
        hint="At least 8 characters. Other devices have to sign in again."
        error={at("new")}
      />
      {error && field !== "current" && field !== "new" && (
        <p className="text-error" role="alert">
          {messageOf(error)}
        </p>
      )}
      <Save label="Change the password" busy={change.isPending} />
    </form>
  );
}
