/** xterm.js as this room uses it. */
import "@xterm/xterm/css/xterm.css";

import { FitAddon } from "@xterm/addon-fit";
import { type IFunctionIdentifier, Terminal } from "@xterm/xterm";

import type { Theme } from "../../theme";
import { FONT } from "./font";
import { PALETTES, withoutCursor } from "./palette";
import { noteSize } from "./size";
import { Typing } from "./typing";

const LINES_KEPT = 10_000;

/** A terminal in `element`, as large as that; `send` is given what is typed and pasted. */
export class Screen {
  private readonly terminal = new Terminal({
    convertEol: true,
    screenReaderMode: true,
    scrollback: LINES_KEPT,
    fontFamily: FONT.family,
    fontSize: FONT.size,
    lineHeight: 1.15,
    minimumContrastRatio: 4.5,
    cursorInactiveStyle: "none",
    disableStdin: true,
  });
  private readonly fit = new FitAddon();
  private readonly watch: ResizeObserver;
  private readonly typing: Typing;
  private typeable = false;

  constructor(element: HTMLElement, send: (data: string) => void) {
    const { terminal } = this;
    this.typing = new Typing(send);
    terminal.loadAddon(this.fit);
    terminal.attachCustomKeyEventHandler((event) => this.takes(event));
    answerNothing(terminal);
    terminal.onData((data) => this.type(data));
    terminal.open(element);
    // so that the next Ctrl+C is for the program again
    terminal.element?.addEventListener("copy", () => terminal.clearSelection());
    this.watch = new ResizeObserver(() => this.fitIn());
    this.watch.observe(element);
    this.fitIn();
  }

  dispose(): void {
    this.watch.disconnect();
    this.terminal.dispose();
  }

  write(text: string): void {
    if (text !== "") this.terminal.write(text);
  }

  type(data: string): void {
    this.typing.type(data);
  }

  focus(): void {
    this.terminal.focus();
  }

  /** `typeable`: what is typed here goes to the program. */
  set(theme: Theme, typeable: boolean): void {
    this.typeable = typeable;
    const palette = PALETTES[theme];
    this.terminal.options = {
      theme: typeable ? palette : withoutCursor(palette),
      disableStdin: !typeable,
      cursorInactiveStyle: typeable ? "outline" : "none",
      cursorStyle: typeable ? "block" : "underline",
    };
  }

  private fitIn(): void {
    this.fit.fit();
    if (this.fit.proposeDimensions() !== undefined)
      noteSize({ columns: this.terminal.cols, rows: this.terminal.rows });
  }

  /** Whether a key is the terminal's; what is not does in the page what it does everywhere. */
  private takes(event: KeyboardEvent): boolean {
    const { ctrlKey, metaKey, altKey, shiftKey, key } = event;
    if (key === "Tab" && (shiftKey || !this.typeable)) return false; // the way out by keyboard
    const command = (ctrlKey || metaKey) && !altKey;
    if (command && key.toLowerCase() === "v") return false; // the browser pastes
    if (command && key.toLowerCase() === "c" && this.terminal.hasSelection()) return false;
    if (this.typeable) return true;
    if (event.type === "keydown") this.scroll(event);
    return false;
  }

  private scroll(event: KeyboardEvent): void {
    const { terminal } = this;
    const ways: Record<string, () => void> = {
      ArrowUp: () => terminal.scrollLines(-1),
      ArrowDown: () => terminal.scrollLines(1),
      PageUp: () => terminal.scrollPages(-1),
      PageDown: () => terminal.scrollPages(1),
      Home: () => terminal.scrollToTop(),
      End: () => terminal.scrollToBottom(),
    };
    const way = ways[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    way();
  }
}

const QUESTIONS: readonly IFunctionIdentifier[] = [
  { final: "c" },
  { prefix: ">", final: "c" },
  { prefix: "=", final: "c" },
  { final: "n" },
  { prefix: "?", final: "n" },
  { intermediates: "$", final: "p" },
  { prefix: "?", intermediates: "$", final: "p" },
  { prefix: ">", final: "q" },
  { prefix: "?", final: "u" },
];
const COLOURS_ASKED = [4, 10, 11, 12];

/**
 * A program that asks the terminal something gets no answer: there are as many terminals as
 * people, and every one of them would type its own, again for each who comes late.
 */
function answerNothing({ parser }: Terminal): void {
  for (const question of QUESTIONS) parser.registerCsiHandler(question, () => true);
  parser.registerDcsHandler({ intermediates: "$", final: "q" }, () => true);
  for (const code of COLOURS_ASKED)
    parser.registerOscHandler(code, (data) => data.includes("?"));
}
