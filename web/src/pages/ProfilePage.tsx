import { LogOut } from "lucide-react";
import { Navigate } from "react-router";

import { useAuthConfig, useMe } from "../api/queries";
import type { User } from "../api/types";
import { Failed, Loading } from "../components/States";
import { TopBar } from "../components/TopBar";
import { useLeave } from "../components/useLeave";
import { ManagedProfile } from "./profile/ManagedProfile";
import { PasswordForm } from "./profile/PasswordForm";
import { ProfileForm } from "./profile/ProfileForm";

export function ProfilePage() {
  const me = useMe();
  const config = useAuthConfig();
  if (me.isPending || config.isPending) return <Loading label="Opening…" />;
  if (me.isError) return <Failed error={me.error} retry={() => void me.refetch()} />;
  if (config.isError) return <Failed error={config.error} retry={() => void config.refetch()} />;
  if (me.data === null) return <Navigate to="/signin?next=/profile" replace />;

  const guest = me.data.kind === "guest";
  const own = guest || config.data.mode === "accounts";
  return (
    <>
      <TopBar me={me.data} />
      <main className="mx-auto flex max-w-2xl flex-col gap-5 px-4 py-6 sm:px-6 lg:py-10">
        <h1 className="text-xl font-semibold">Your profile</h1>
        {own ? (
          <Card title={guest ? "Who you are here" : "Name and picture"}>
            <ProfileForm me={me.data} />
          </Card>
        ) : (
          <Card title="Who you are here">
            <ManagedProfile me={me.data} clerk={config.data.clerk} />
          </Card>
        )}
        {own && !guest && (
          <Card title="Password">
            <PasswordForm email={me.data.email ?? ""} />
          </Card>
        )}
        <SignOut me={me.data} />
      </main>
    </>
  );
}

function Card({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className="card-surface p-5 sm:p-6" aria-label={title}>
      <h2 className="mb-4 font-semibold">{title}</h2>
      {children}
    </section>
  );
}

function SignOut({ me }: { me: User }) {
  const { leave, leaving } = useLeave();
  return (
    <section
      className="card-surface flex flex-wrap items-center justify-between gap-3 p-5 sm:px-6"
      aria-label="Sign out"
    >
      <p className="text-muted text-pretty">
        {me.kind === "guest" ? "You came by an invitation, as a guest." : "Signed in"}
        {me.email && (
          <>
            {" as "}
            <span className="text-base-content break-all">{me.email}</span>
          </>
        )}
      </p>
      <button
        type="button"
        className="btn btn-sm btn-quiet"
        disabled={leaving}
        onClick={leave}
      >
        <LogOut className="size-4" aria-hidden /> Sign out
      </button>
    </section>
  );
}
