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

type Kind = "bullet" | "number" | "text";

interface Block {
  kind: Kind;
  lines: string[];
}

function kindOf(line: string): Kind {
  if (BULLET.test(line)) return "bullet";
  return NUMBER.test(line) ? "number" : "text";
}

/** Neighbouring lines of one kind; an empty line ends a paragraph. */
function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let fresh = true;
  for (const line of text.split("\n")) {
    const kind = kindOf(line);
    const last = blocks.at(-1);
    if (line.trim() === "") fresh = true;
    else if (!fresh && last?.kind === kind) last.lines.push(line);
    else {
      blocks.push({ kind, lines: [line] });
      fresh = false;
    }
  }
  return blocks;
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
  return (
    <div className="flex flex-col gap-3 leading-relaxed text-pretty">
      {blocksOf(text).map(({ kind, lines }, index) =>
        kind === "text" ? (
          <p key={index}>
            <Inline text={lines.join(" ")} />
          </p>
        ) : (
          <List key={index} lines={lines} ordered={kind === "number"} />
        ),
      )}
    </div>
  );
}
