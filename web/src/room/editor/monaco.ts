/**
 * Monaco with the languages of the room and the features of a plain, good editor; nothing else.
 *
 * The TypeScript language service stays out: it weighs 7 MB, and it would help a candidate who
 * writes JavaScript while one who writes Python or Java gets nothing like it.
 */
import "monaco-editor/features/anchorSelect/register";
import "monaco-editor/features/bracketMatching/register";
import "monaco-editor/features/caretOperations/register";
import "monaco-editor/features/clipboard/register";
import "monaco-editor/features/codeEditor/register";
import "monaco-editor/features/codicon/register";
import "monaco-editor/features/comment/register";
import "monaco-editor/features/contextmenu/register";
import "monaco-editor/features/cursorUndo/register";
import "monaco-editor/features/dnd/register";
import "monaco-editor/features/find/register";
import "monaco-editor/features/folding/register";
import "monaco-editor/features/gotoLine/register";
import "monaco-editor/features/iPadShowKeyboard/register";
import "monaco-editor/features/indentation/register";
import "monaco-editor/features/lineSelection/register";
import "monaco-editor/features/linesOperations/register";
import "monaco-editor/features/longLinesHelper/register";
import "monaco-editor/features/middleScroll/register";
import "monaco-editor/features/multicursor/register";
import "monaco-editor/features/quickCommand/register";
import "monaco-editor/features/readOnlyMessage/register";
import "monaco-editor/features/smartSelect/register";
import "monaco-editor/features/snippet/register";
import "monaco-editor/features/suggest/register";
import "monaco-editor/features/toggleTabFocusMode/register";
import "monaco-editor/features/tokenization/register";
import "monaco-editor/features/wordHighlighter/register";
import "monaco-editor/features/wordOperations/register";
import "monaco-editor/features/wordPartOperations/register";
import "monaco-editor/languages/definitions/cpp/register";
import "monaco-editor/languages/definitions/css/register";
import "monaco-editor/languages/definitions/go/register";
import "monaco-editor/languages/definitions/html/register";
import "monaco-editor/languages/definitions/java/register";
import "monaco-editor/languages/definitions/javascript/register";
import "monaco-editor/languages/definitions/markdown/register";
import "monaco-editor/languages/definitions/python/register";
import "monaco-editor/languages/definitions/ruby/register";
import "monaco-editor/languages/definitions/rust/register";
import "monaco-editor/languages/definitions/shell/register";
import "monaco-editor/languages/definitions/sql/register";
import "monaco-editor/languages/definitions/typescript/register";
import "monaco-editor/languages/definitions/xml/register";
import "monaco-editor/languages/definitions/yaml/register";

import * as monaco from "monaco-editor/editor";
import EditorWorker from "monaco-editor/editor/editor.worker?worker";

import type { Theme } from "../../theme";

self.MonacoEnvironment = { getWorker: () => new EditorWorker() };

const rules = (palette: Record<string, string>): monaco.editor.ITokenThemeRule[] =>
  Object.entries(palette).map(([token, foreground]) => ({ token, foreground }));

monaco.editor.defineTheme("day", {
  base: "vs",
  inherit: true,
  rules: rules({
    comment: "6b7b78",
    keyword: "7a3e9d",
    string: "1a7a43",
    number: "a4550a",
    type: "0f6b66",
    "type.identifier": "0f6b66",
    delimiter: "4a5a57",
    annotation: "a4550a",
  }),
  colors: {
    "editor.background": "#ffffff",
    "editor.foreground": "#17211f",
    "editorLineNumber.foreground": "#a9b5b2",
    "editorLineNumber.activeForeground": "#4a5a57",
    "editor.lineHighlightBackground": "#f5f8f7",
    "editor.lineHighlightBorder": "#00000000",
    "editor.selectionBackground": "#c5e4e0",
    "editor.inactiveSelectionBackground": "#e2efed",
    "editorIndentGuide.background1": "#e8eeec",
    "editorIndentGuide.activeBackground1": "#c3d0cd",
    "editorWidget.background": "#ffffff",
    "editorWidget.border": "#dfe6e4",
    "inputValidation.infoBackground": "#ffffff",
    "inputValidation.infoForeground": "#17211f",
    "inputValidation.infoBorder": "#b5c4c0",
    focusBorder: "#0f6b66",
  },
});

monaco.editor.defineTheme("night", {
  base: "vs-dark",
  inherit: true,
  rules: rules({
    comment: "71837f",
    keyword: "c4a3f5",
    string: "8fd19e",
    number: "f2b575",
    type: "6fd3c8",
    "type.identifier": "6fd3c8",
    delimiter: "9fb0ad",
    annotation: "f2b575",
  }),
  colors: {
    "editor.background": "#131a1b",
    "editor.foreground": "#dce6e4",
    "editorLineNumber.foreground": "#4d5c5b",
    "editorLineNumber.activeForeground": "#a3b3b0",
    "editor.lineHighlightBackground": "#182122",
    "editor.lineHighlightBorder": "#00000000",
    "editor.selectionBackground": "#214a48",
    "editor.inactiveSelectionBackground": "#1c3333",
    "editorIndentGuide.background1": "#1f2a2b",
    "editorIndentGuide.activeBackground1": "#35464a",
    "editorWidget.background": "#182122",
    "editorWidget.border": "#273233",
    "inputValidation.infoBackground": "#1e2829",
    "inputValidation.infoForeground": "#dce6e4",
    "inputValidation.infoBorder": "#3a4a4b",
    focusBorder: "#45c1b5",
  },
});

/** An editor without a model, in `element`. */
export function createEditor(element: HTMLElement): monaco.editor.IStandaloneCodeEditor {
  return monaco.editor.create(element, {
    model: null,
    automaticLayout: true,
    ariaLabel: "Code. Press Control M to let the Tab key leave the editor.",
    fontFamily: '"JetBrains Mono Variable", ui-monospace, Menlo, Consolas, monospace',
    fontSize: 14,
    lineHeight: 22,
    fontLigatures: false,
    minimap: { enabled: false },
    padding: { top: 18, bottom: 18 }, // room for a name above a cursor in the first line
    scrollBeyondLastLine: false,
    smoothScrolling: true,
    renderLineHighlight: "line",
    lineNumbersMinChars: 3,
    lineDecorationsWidth: 8,
    overviewRulerBorder: false,
    overviewRulerLanes: 0,
    hideCursorInOverviewRuler: true,
    scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10, useShadows: false },
    readOnlyMessage: { value: "This is read-only for you right now." },
    tabSize: 4,
    stickyScroll: { enabled: false },
    fixedOverflowWidgets: true,
  });
}

export function setEditorTheme(theme: Theme): void {
  monaco.editor.setTheme(theme);
}

export { monaco };
