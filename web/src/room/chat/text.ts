/** What people write, taken apart: links, `code` and fenced blocks. Everything else stays text. */

export type Part =
  | { kind: "text" | "code"; text: string }
  | { kind: "link"; text: string; href: string };

export type Block = { kind: "text"; parts: Part[] } | { kind: "code"; text: string };

/**
 * A fence on a line of its own, perhaps with a language behind it, and all up to the next one; or
 * ```all on one line```.
 */
const FENCE = /^[ \t]*```[\w+#.-]*[ \t]*\n([^]*?)\n?^[ \t]*```[ \t]*$|```([^`\n]+)```/m;
const INLINE = /((?<!`)`[^`\n]+`(?!`)|https?:\/\/[^\s<>"`]+)/i;
/** What ends a sentence rather than an address. */
const TRAILING = /[.,;:!?'’”»*_~]+$/;

export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let rest = text;
  for (;;) {
    const found = FENCE.exec(rest);
    if (found === null) break;
    addText(blocks, rest.slice(0, found.index));
    blocks.push({ kind: "code", text: found[1] ?? found[2] ?? "" });
    rest = rest.slice(found.index + found[0].length);
  }
  addText(blocks, rest);
  return blocks;
}

function addText(blocks: Block[], text: string): void {
  const shown = text.replace(/^\s*\n|\s+$/g, "");
  if (shown.trim() !== "") blocks.push({ kind: "text", parts: partsOf(shown) });
}

export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  for (const [index, piece] of text.split(INLINE).entries()) {
    const found = index % 2 === 1; // between two pieces stands what was split at
    if (found && piece.startsWith("`")) {
      parts.push({ kind: "code", text: piece.slice(1, -1) });
      continue;
    }
    const address = found ? addressOf(piece) : "";
    const href = linkTo(address);
    if (href !== null) parts.push({ kind: "link", text: address, href });
    const left = href === null ? piece : piece.slice(address.length);
    if (left !== "") parts.push({ kind: "text", text: left });
  }
  return parts;
}

/** An address without the sentence around it: a bracket is part of it only if it opens there. */
function addressOf(piece: string): string {
  let address = piece.replace(TRAILING, "");
  while (/[)\]}]$/.test(address) && !balanced(address)) {
    address = address.slice(0, -1).replace(TRAILING, "");
  }
  return address;
}

function balanced(address: string): boolean {
  return address.split(/[)\]}]/).length <= address.split(/[([{]/).length;
}

/** Where a link may lead: http and https alone, and nowhere that hides who is asked. */
function linkTo(address: string): string | null {
  if (address === "" || !URL.canParse(address)) return null;
  const { protocol, host, username, password, href } = new URL(address);
  const web = protocol === "http:" || protocol === "https:";
  return web && host !== "" && username === "" && password === "" ? href : null;
}
