/* Stands in for ClerkJS: the same interface, and a sign-in of one field. Who is signed in is kept
   here; tokens come from the issuer, which takes the page's origin for `azp`, as Clerk does. */
(() => {
  const issuer = new URL(document.currentScript.src).origin;
  const key = document.currentScript.dataset.clerkPublishableKey;
  const listeners = new Set();

  const clerk = {
    session: null,
    user: null,
    get isSignedIn() {
      return clerk.session !== null;
    },
    async load(options) {
      if (!key || typeof options.ui.ClerkUI !== "function") throw new Error("not set up");
      const answer = await fetch(`${issuer}/v1/client`);
      if (!answer.ok) throw new Error("Clerk is away");
      take(localStorage.getItem("stand-in"));
    },
    addListener(listener) {
      listeners.add(listener);
      listener(clerk);
      return () => listeners.delete(listener);
    },
    mountSignIn: (node, props) => mount(node, "Sign in to Stand-in", props.forceRedirectUrl),
    mountSignUp: (node, props) => mount(node, "Sign up for Stand-in", props.forceRedirectUrl),
    unmountSignIn: (node) => node.replaceChildren(),
    unmountSignUp: (node) => node.replaceChildren(),
    openUserProfile() {
      const box = document.createElement("dialog");
      box.textContent = `The profile of ${clerk.user.id} at Stand-in`;
      document.body.append(box);
      box.showModal();
    },
    async signOut({ redirectUrl }) {
      localStorage.removeItem("stand-in");
      take(null);
      location.assign(redirectUrl);
    },
  };

  function take(id) {
    clerk.user = id ? { id } : null;
    clerk.session = id
      ? {
          id: `sess_${id}`,
          async getToken() {
            const answer = await fetch(`${issuer}/v1/client/sessions/sess_${id}/tokens`);
            return (await answer.json()).jwt;
          },
        }
      : null;
    for (const listener of listeners) listener(clerk);
  }

  function mount(node, title, redirect) {
    const form = document.createElement("form");
    form.className = "card-surface mx-auto flex flex-col gap-4";
    form.style.padding = "2rem";
    form.style.width = "min(25rem, calc(100vw - 2.5rem))"; // as wide as Clerk's
    const heading = document.createElement("h1");
    heading.textContent = title;
    const input = document.createElement("input");
    input.className = "input w-full";
    input.setAttribute("aria-label", "Identifier");
    const button = document.createElement("button");
    button.className = "btn btn-primary";
    button.textContent = "Continue";
    form.append(heading, input, button);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      localStorage.setItem("stand-in", input.value);
      take(input.value);
      location.assign(redirect);
    });
    node.replaceChildren(form);
  }

  window.Clerk = clerk;
})();
