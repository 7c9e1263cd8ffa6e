import { useEffect, useRef, useState } from "react";

import { useExchange } from "../api/queries";
import type { ClerkConfig } from "../api/types";
import { type Clerk, loadClerk } from "../clerk";
import { Failed, Loading } from "../components/States";

interface Props {
  config: ClerkConfig;
  mode: "signin" | "register";
}

type State = { clerk: Clerk } | { error: unknown } | null;

/** Clerk's own sign-in or sign-up; whoever is signed in there is then signed in here. */
export function ClerkSignIn({ config, mode }: Props) {
  const [state, setState] = useState<State>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let wanted = true;
    loadClerk(config)
      .then((clerk) => wanted && setState({ clerk }))
      .catch((error: unknown) => wanted && setState({ error }));
    return () => {
      wanted = false;
    };
  }, [config, attempt]);

  if (state === null) return <Loading label="Loading the sign-in…" />;
  if ("error" in state) {
    const again = () => {
      setState(null);
      setAttempt(attempt + 1);
    };
    return <Failed error={state.error} retry={again} />;
  }
  return <Component clerk={state.clerk} mode={mode} />;
}

function useSessionOf(clerk: Clerk): Clerk["session"] {
  const [session, setSession] = useState(clerk.session);
  useEffect(() => clerk.addListener(() => setSession(clerk.session)), [clerk]);
  return session;
}

function Component({ clerk, mode }: { clerk: Clerk; mode: Props["mode"] }) {
  const box = useRef<HTMLDivElement>(null);
  const session = useSessionOf(clerk);
  const { mutate, isError, error } = useExchange();

  const enter = () =>
    session?.getToken().then(
      (token) => mutate(token ?? ""),
      () => mutate(""), // Clerk is away: our server says what that means
    );
  useEffect(() => {
    void enter();
    // once for each session, not for each time the page is drawn
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [session?.id]);

  useEffect(() => {
    const node = box.current;
    if (!node || session) return;
    const back = window.location.pathname + window.location.search;
    const props = { routing: "hash", forceRedirectUrl: back, signUpForceRedirectUrl: back };
    if (mode === "signin") clerk.mountSignIn(node, props);
    else clerk.mountSignUp(node, { ...props, signInForceRedirectUrl: back });
    return () => (mode === "signin" ? clerk.unmountSignIn(node) : clerk.unmountSignUp(node));
  }, [clerk, mode, session]);

  if (isError) return <Failed error={error} retry={() => void enter()} />;
  if (session) return <Loading label="Signing you in…" />;
  return <div ref={box} data-testid="clerk" className="w-full" />;
}
