import { messageOf } from "../api/client";
import { useSignOut } from "../api/queries";
import { toast } from "../toast";

/** Signing out, which ends at the sign-in page; what goes wrong is said in the corner. */
export function useLeave(): { leave: () => void; leaving: boolean } {
  const signOut = useSignOut();
  const leave = () =>
    signOut.mutate(undefined, {
      // a fresh page: nothing of whoever was signed in stays in its memory
      onSuccess: () => window.location.assign("/signin"),
      onError: (error) => toast(messageOf(error), "error"),
    });
  return { leave, leaving: signOut.isPending };
}
