import { toast } from "../toast";

/** Copies and says so with `done`; says what to do instead where the browser does not allow it. */
export async function copyText(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(done, "success");
  } catch {
    toast("The browser did not allow copying: select it and copy it yourself");
  }
}
