import { createBrowserRouter, Navigate } from "react-router";

import { Loading } from "./components/States";
import { JoinPage } from "./pages/JoinPage";
import { NotFoundPage } from "./pages/NotFoundPage";
import { ProfilePage } from "./pages/ProfilePage";
import { RouteErrorPage } from "./pages/RouteErrorPage";
import { ProblemPage } from "./pages/problems/ProblemPage";
import { ProblemsPage } from "./pages/problems/ProblemsPage";
import { SessionsPage } from "./pages/SessionsPage";
import { SignInPage } from "./pages/SignInPage";

const writing = async () => ({
  Component: (await import("./pages/problems/WritePage")).WritePage,
});

export const router = createBrowserRouter([
  {
    errorElement: <RouteErrorPage />,
    hydrateFallbackElement: <Loading label="Opening…" />,
    children: [
      { path: "/signin", element: <SignInPage key="signin" mode="signin" /> },
      { path: "/register", element: <SignInPage key="register" mode="register" /> },
      { path: "/", element: <Navigate to="/sessions" replace /> },
      { path: "/sessions", element: <SessionsPage /> },
      {
        path: "/sessions/:sessionId",
        // The editor is by far the largest part: nobody waits for it on any other page.
        lazy: async () => ({ Component: (await import("./room/RoomPage")).RoomPage }),
      },
      { path: "/problems", element: <ProblemsPage /> },
      { path: "/problems/new", lazy: writing },
      { path: "/problems/:problemId", element: <ProblemPage /> },
      { path: "/problems/:problemId/edit", lazy: writing },
      { path: "/profile", element: <ProfilePage /> },
      { path: "/join/:token", element: <JoinPage /> },
      {
        path: "/docs",
        lazy: async () => ({ Component: (await import("./pages/docs/DocsPage")).DocsPage }),
      },
      { path: "*", element: <NotFoundPage /> },
    ],
  },
]);
