import { fileURLToPath } from "node:url";

import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = "http://localhost:8000";
const monacoFiles = fileURLToPath(new URL("./node_modules/monaco-editor/esm/vs", import.meta.url));

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: {
    // y-monaco names a file that Monaco's export map no longer lists; it must be the same module
    // as ours, or there would be two editors in the bundle.
    alias: { "monaco-editor/esm/vs": monacoFiles },
  },
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // no data: URLs, so that the Content-Security-Policy stays strict
    chunkSizeWarningLimit: 4000, // Monaco; it is loaded only in a room
  },
  worker: { format: "es" },
  server: {
    proxy: {
      "/api": server,
      "/health": server,
      "/openapi.json": server,
      "/ws": { target: server, ws: true },
    },
  },
});
