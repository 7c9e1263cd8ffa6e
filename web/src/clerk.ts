import type { ClerkConfig } from "./api/types";

/** What we use of ClerkJS, https://clerk.com/docs/js-frontend/reference/objects/clerk */
export interface Clerk {
  session?: { id: string; getToken(): Promise<string | null> } | null;
  load(options: object): Promise<void>;
  mountSignIn(node: HTMLDivElement, props: object): void;
  unmountSignIn(node: HTMLDivElement): void;
  mountSignUp(node: HTMLDivElement, props: object): void;
  unmountSignUp(node: HTMLDivElement): void;
  openUserProfile(): void;
  signOut(options: { redirectUrl: string }): Promise<void>;
  /** Calls back whenever the session changes; returns what stops that. */
  addListener(listener: () => void): () => void;
}

declare global {
  interface Window {
    Clerk?: Clerk;
    /** Where the script of Clerk's components leaves them, as its quickstart says. */
    __internal_ClerkUICtor?: unknown;
  }
}

/** Clerk's components in the colours of the page, in either theme. */
const APPEARANCE = {
  variables: {
    colorPrimary: "var(--color-primary)",
    colorPrimaryForeground: "var(--color-primary-content)",
    colorBackground: "var(--color-base-100)",
    colorForeground: "var(--color-base-content)",
    colorMutedForeground: "var(--color-muted)",
    colorNeutral: "var(--color-base-content)",
    colorInput: "var(--color-base-100)",
    colorInputForeground: "var(--color-base-content)",
    colorDanger: "var(--color-error)",
    fontFamily: "var(--font-sans)",
  },
};

let loading: Promise<Clerk> | null = null;

/** Clerk, loaded once and from Clerk alone. A failure can be tried again. */
export function loadClerk(config: ClerkConfig): Promise<Clerk> {
  loading ??= start(config).catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function start({ publishableKey, scriptUrl, uiScriptUrl }: ClerkConfig): Promise<Clerk> {
  await Promise.all([
    addScript(uiScriptUrl),
    addScript(scriptUrl, { clerkPublishableKey: publishableKey }),
  ]);
  const clerk = window.Clerk;
  if (clerk === undefined) throw new Error("Clerk's script did not start.");
  await clerk.load({
    ui: { ClerkUI: window.__internal_ClerkUICtor },
    appearance: APPEARANCE,
    signInUrl: "/signin",
    signUpUrl: "/register",
    afterSignOutUrl: "/signin",
  });
  return clerk;
}

function addScript(src: string, data: Record<string, string> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = src;
    script.async = true;
    script.crossOrigin = "anonymous";
    Object.assign(script.dataset, data);
    script.onload = () => resolve();
    script.onerror = () => {
      script.remove();
      reject(new Error("Clerk's sign-in cannot be loaded. Check your connection."));
    };
    document.head.append(script);
  });
}
