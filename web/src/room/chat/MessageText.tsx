import type { ReactNode } from "react";

import { blocksOf, type Part } from "./text";

/** What somebody wrote, as elements made of text: nothing in it is ever read as HTML. */
export function MessageText({ text }: { text: string }) {
  return blocksOf(text).map((block, index): ReactNode =>
    block.kind === "code" ? (
      <pre
        key={index}
        className="bg-base-200 border-base-300 my-1 overflow-x-auto rounded border px-2.5 py-1.5 font-mono text-xs leading-relaxed"
        tabIndex={0}
        aria-label="Code"
      >
        {block.text}
      </pre>
    ) : (
      <p key={index} className="leading-snug wrap-anywhere whitespace-pre-wrap" dir="auto">
        {block.parts.map((part, position) => (
          <Piece key={position} part={part} />
        ))}
      </p>
    ),
  );
}

function Piece({ part }: { part: Part }): ReactNode {
  switch (part.kind) {
    case "code":
      return (
        <code className="bg-base-200 rounded px-1 py-px font-mono text-[0.86em]">{part.text}</code>
      );
    case "link":
      return (
        <a
          className="text-primary underline decoration-1 underline-offset-2"
          href={part.href}
          target="_blank"
          rel="noopener noreferrer"
        >
          {part.text}
        </a>
      );
    case "text":
      return part.text;
  }
}
