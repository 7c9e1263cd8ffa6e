import type { ReactNode } from "react";

const INLINE = /(`[^`]+`|\*\*[^*]+\*\*)/;
const BULLET = /^\s*[-*]\s+/;
const NUMBER = /^\s*\d+[.)]\s+/;

/** `code` and **bold** inside one line; everything else is plain text, never HTML. */
export function Inline({ text }: { text: string }) {
  return text.split(INLINE).map((part, index): ReactNode => {
    if (INLINE.test(part) && part.startsWith("`")) {
      return (
        <code key={index} className="bg-base-200 rounded px-1 py-px font-mono text-[0.86em]">
          {part.slice(1, -1)}
        </code>
      );
    }
    if (INLINE.test(part)) return <strong key={index}>{part.slice(2, -2)}</strong>;
    return part;
  });
}

function List({ lines, ordered }: { lines: string[]; ordered: boolean }) {
  const Tag = ordered ? "ol" : "ul";
  const marker = ordered ? NUMBER : BULLET;
  return (
    <Tag className={`flex flex-col gap-1 pl-5 ${ordered ? "list-decimal" : "list-disc"}`}>
      {lines.map((line, index) => (
        <li key={index} className="marker:text-muted">
          <Inline text={line.replace(marker, "")} />
        </li>
      ))}
    </Tag>
  );
}

/** The little Markdown of problem texts: paragraphs, lists, `code` and **bold**. */
export function Prose({ text }: { text: string }) {
  const blocks = text.trim().split(/\n\s*\n/);
  return (
    <div className="flex flex-col gap-3 leading-relaxed text-pretty">
      {blocks.map((block, index) => {
        const lines = block.split("\n");
        if (lines.every((line) => BULLET.test(line)))
          return <List key={index} lines={lines} ordered={false} />;
        if (lines.every((line) => NUMBER.test(line)))
          return <List key={index} lines={lines} ordered />;
        return (
          <p key={index}>
            <Inline text={lines.join(" ")} />
          </p>
        );
      })}
    </div>
  );
}
