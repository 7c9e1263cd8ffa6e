import { messageOf } from "../../api/client";
import type { ClerkConfig, User } from "../../api/types";
import { loadClerk } from "../../clerk";
import { Face } from "../../components/Face";
import { toast } from "../../toast";

/** Somebody whose name, picture and password are kept where they sign in. */
export function ManagedProfile({ me, clerk }: { me: User; clerk: ClerkConfig | null }) {
  const manage = (config: ClerkConfig) => {
    loadClerk(config).then(
      (loaded) => loaded.openUserProfile(),
      (error: unknown) => toast(messageOf(error), "error"),
    );
  };
  return (
    <div className="flex flex-wrap items-center gap-4">
      <Face
        name={me.name}
        image={me.profileImage}
        className="bg-primary text-primary-content size-16 text-xl"
      />
      <div className="min-w-48 flex-1">
        <p className="truncate text-base font-medium">{me.name}</p>
        <p className="text-muted text-pretty">
          Your name, picture and password are kept where you sign in.
        </p>
      </div>
      {clerk && (
        <button type="button" className="btn btn-sm btn-quiet" onClick={() => manage(clerk)}>
          Manage your account
        </button>
      )}
    </div>
  );
}
