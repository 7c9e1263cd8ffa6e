import type { SubmitEvent } from "react";
import { Link, Navigate, useSearchParams } from "react-router";

import { ApiError, messageOf } from "../api/client";
import { useAuthConfig, useMe, useSignIn } from "../api/queries";
import { CenteredCard } from "../components/CenteredCard";
import { formText } from "../components/forms";
import { Field } from "../components/Field";
import { Failed, Loading } from "../components/States";
import { ClerkSignIn } from "./ClerkSignIn";

const TEXTS = {
  signin: {
    title: "Sign in",
    submit: "Sign in",
    other: { question: "New here?", label: "Make an account", to: "/register" },
  },
  register: {
    title: "Make an account",
    submit: "Make the account",
    other: { question: "Been here before?", label: "Sign in", to: "/signin" },
  },
};

/** Only a path of this site: a link must not send somebody elsewhere after signing in. */
function safeNext(next: string | null): string {
  return next?.startsWith("/") && !/^\/[/\\]/.test(next) ? next : "/sessions";
}

export function SignInPage({ mode }: { mode: keyof typeof TEXTS }) {
  const [search] = useSearchParams();
  const me = useMe();
  const config = useAuthConfig();

  if (me.data && me.data.kind !== "guest") {
    return <Navigate to={safeNext(search.get("next"))} replace />;
  }
  if (config.isPending || config.isError) {
    return (
      <CenteredCard>
        {config.isPending ? (
          <Loading label="Opening…" />
        ) : (
          <Failed error={config.error} retry={() => void config.refetch()} />
        )}
      </CenteredCard>
    );
  }
  const { mode: by, clerk } = config.data;
  return (
    <CenteredCard bare={by === "clerk"}>
      {by === "clerk" ? (
        <ClerkSignIn key={mode} config={clerk} mode={mode} />
      ) : by === "oidc" ? (
        <Elsewhere />
      ) : (
        <AccountForm mode={mode} search={search.toString()} />
      )}
    </CenteredCard>
  );
}

function Elsewhere() {
  return (
    <div className="text-center">
      <h1 className="mb-2 text-lg font-semibold">Sign in where you came from</h1>
      <p className="text-muted text-pretty">
        This server is used through another application, which signs you in. Candidates only need
        the link they were sent.
      </p>
    </div>
  );
}

function AccountForm({ mode, search }: { mode: keyof typeof TEXTS; search: string }) {
  const signIn = useSignIn();
  const text = TEXTS[mode];
  const registering = mode === "register";

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const value = formText(event.currentTarget);
    signIn.mutate({
      ...(registering && { name: value("name").trim() }),
      email: value("email").trim(),
      password: value("password"),
    });
  };
  const { error } = signIn;
  const field = error instanceof ApiError ? error.field : null;
  const at = (name: string) => (field === name ? messageOf(error) : null);

  return (
    <>
      <h1 className="mb-5 text-lg font-semibold">{text.title}</h1>
      <form className="flex flex-col gap-4" onSubmit={submit}>
        {registering && (
          <Field label="Your name" name="name" autoComplete="name" required maxLength={60} autoFocus
            hint="What the others in a session will see." error={at("name")} />
        )}
        <Field label="E-mail" name="email" type="email" autoComplete="email" required
          autoFocus={!registering} error={at("email")} />
        <Field label="Password" name="password" type="password" required
          minLength={registering ? 8 : undefined}
          autoComplete={registering ? "new-password" : "current-password"}
          {...(registering && { hint: "At least 8 characters." })} error={at("password")} />
        {error && !["name", "email", "password"].includes(field ?? "") && (
          <p className="text-error" role="alert">
            {messageOf(error)}
          </p>
        )}
        <button type="submit" className="btn btn-primary mt-1" disabled={signIn.isPending}>
          {signIn.isPending && <span className="loading loading-spinner loading-xs" aria-hidden />}
          {text.submit}
        </button>
      </form>
      <p className="text-muted mt-5 text-center">
        {text.other.question}{" "}
        <Link
          className="text-primary font-medium underline-offset-2 hover:underline"
          to={{ pathname: text.other.to, search }}
        >
          {text.other.label}
        </Link>
      </p>
    </>
  );
}
