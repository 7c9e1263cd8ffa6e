import { MonacoBinding } from "y-monaco";
import type { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";

import { editsOf, moved } from "../../collab/delta";
import { type File, textOf } from "../../collab/document";
import { editorLanguage } from "./languages";
import { monaco } from "./monaco";

type Editor = monaco.editor.IStandaloneCodeEditor;
type ViewState = monaco.editor.ICodeEditorViewState;

const TWO_SPACES = new Set(["javascript", "typescript", "json", "html", "css", "yaml", "ruby"]);

interface OpenFile {
  model: monaco.editor.ITextModel;
  viewState: ViewState | null;
  rerender: () => void;
  dispose: () => void;
}

/**
 * The files of one document in one editor: a model and a binding for each, made when first shown
 * and kept, so that a file's undo history and scroll position outlive looking at another.
 */
export class FileBindings {
  private readonly open = new Map<string, OpenFile>();
  private shown: OpenFile | null = null;

  constructor(
    private readonly doc: Y.Doc,
    private readonly awareness: Awareness,
    private readonly editor: Editor,
  ) {}

  /** A file that was renamed is the same one: only its colours may change. */
  show({ path, language, text }: File): void {
    const file = this.open.get(text) ?? this.bind(text);
    speak(file.model, language);
    this.awareness.setLocalStateField("file", path);
    if (file === this.shown) return;
    if (this.shown) this.shown.viewState = this.editor.saveViewState();
    this.shown = file;
    // A cursor left behind in the other file would still be shown there; the binding announces
    // the next one, also the one that the view state brings back.
    this.awareness.setLocalStateField("selection", null);
    this.editor.setModel(file.model);
    this.editor.restoreViewState(file.viewState);
    file.rerender();
  }

  dispose(): void {
    this.editor.setModel(null);
    for (const file of this.open.values()) file.dispose();
    this.open.clear();
  }

  private bind(name: string): OpenFile {
    const text = textOf(this.doc, name);
    const model = monaco.editor.createModel(text.toString(), "plaintext");
    // Before binding: with CRLF, which Monaco prefers on Windows, every offset would be wrong.
    model.setEOL(monaco.editor.EndOfLineSequence.LF);
    const binding = new MonacoBinding(text, model, new Set([this.editor]), this.awareness);
    applyAtOnce(text, model, binding, this.editor);
    const unguard = guardLineEnds(text, model, binding);
    const endUndo = ownUndo(text, model, binding, this.editor);
    const file: OpenFile = {
      model,
      viewState: null,
      rerender: () => binding._rerenderDecorations(),
      dispose: () => {
        unguard();
        endUndo();
        model.dispose(); // the binding goes with its model
      },
    };
    this.open.set(name, file);
    return file;
  }
}

/** Colours and indentation of a language, which another name may have changed. */
function speak(model: monaco.editor.ITextModel, language: string): void {
  monaco.editor.setModelLanguage(model, editorLanguage(language));
  model.updateOptions({
    tabSize: TWO_SPACES.has(language) ? 2 : 4,
    insertSpaces: true,
    // the bright colours on this page are for people
    bracketColorizationOptions: { enabled: false, independentColorPoolPerBracketType: false },
  });
}

/**
 * Others' changes as one edit each. The binding's own way, one edit for each step of a change,
 * leaves Monaco's syntax colours confused when a change both fills an empty line and joins lines,
 * as catching up after a reconnect does.
 */
function applyAtOnce(
  text: Y.Text,
  model: monaco.editor.ITextModel,
  binding: MonacoBinding,
  editor: Editor,
): void {
  text.unobserve(binding._ytextObserver);
  binding._ytextObserver = (event) => {
    binding.mux(() => {
      const edits = editsOf(event.delta);
      const selection = editor.getModel() === model ? editor.getSelection() : null;
      const [anchor, head] = selection
        ? [selection.getSelectionStart(), selection.getPosition()].map((position) =>
            moved(model.getOffsetAt(position), edits),
          )
        : [];
      model.applyEdits(
        edits.map(({ at, length, text }) => ({
          range: monaco.Range.fromPositions(
            model.getPositionAt(at),
            model.getPositionAt(at + length),
          ),
          text,
        })),
      );
      if (anchor === undefined || head === undefined) return;
      editor.setSelection(
        monaco.Selection.fromPositions(model.getPositionAt(anchor), model.getPositionAt(head)),
      );
    });
    binding._rerenderDecorations();
  };
  text.observe(binding._ytextObserver); // under the binding's name, so that it also ends it
}

/**
 * Undo and redo of this person's edits only. Monaco's own history would undo at offsets that the
 * others' edits have moved; keyboard, menu and commands all end in these two methods of the model.
 * What is typed in a row is one step; a paste, and what follows a move of the cursor, is another.
 */
function ownUndo(
  text: Y.Text,
  model: monaco.editor.ITextModel,
  binding: MonacoBinding,
  editor: Editor,
): () => void {
  const manager = new Y.UndoManager(text, { trackedOrigins: new Set([binding]) });
  model.undo = () => void manager.undo();
  model.redo = () => void manager.redo();
  model.canUndo = () => manager.canUndo();
  model.canRedo = () => manager.canRedo();
  const { Explicit, Paste } = monaco.editor.CursorChangeReason;
  const listener = editor.onDidChangeCursorPosition(({ reason }) => {
    if (reason === Explicit || reason === Paste) manager.stopCapturing();
  });
  return () => {
    listener.dispose();
    manager.destroy();
  };
}

/**
 * Keeps the model at LF, and takes out carriage returns that some other client put into the text:
 * Monaco normalises line ends, so that one of them would shift every later edit.
 */
function guardLineEnds(
  text: Y.Text,
  model: monaco.editor.ITextModel,
  binding: MonacoBinding,
): () => void {
  const { LF } = monaco.editor.EndOfLineSequence;
  const listener = model.onDidChangeContent(() => {
    if (model.getEOL() !== "\n") model.setEOL(LF);
  });
  const clean = () => {
    if (!text.toString().includes("\r")) return;
    binding.mux(() => {
      removeCarriageReturns(text);
      model.setValue(text.toString());
      model.setEOL(LF);
    });
  };
  text.observe(clean);
  clean();
  return () => {
    text.unobserve(clean);
    listener.dispose();
  };
}

function removeCarriageReturns(text: Y.Text): void {
  text.doc?.transact(() => {
    const value = text.toString();
    for (let at = value.lastIndexOf("\r"); at >= 0; at = value.lastIndexOf("\r", at - 1)) {
      text.delete(at, 1);
      if (at === 0) break; // lastIndexOf takes -1 for 0
    }
  });
}
