import { useEffect, useRef, useState } from "react";

import type { File } from "../collab/document";
import { useTheme } from "../theme";
import { useConnection } from "./context";
import { FileBindings } from "./editor/bindings";
import { createEditor, type monaco, setEditorTheme } from "./editor/monaco";

interface Props {
  file: File;
  readOnly: boolean;
}

interface Parts {
  editor: monaco.editor.IStandaloneCodeEditor;
  bindings: FileBindings;
}

/** Monaco bound to the room's document. Mount it anew for another document. */
export function CodeEditor({ file: { path, language, text }, readOnly }: Props) {
  const { doc, awareness } = useConnection();
  const theme = useTheme();
  const element = useRef<HTMLDivElement>(null);
  const [parts, setParts] = useState<Parts | null>(null);
  const [length, setLength] = useState(0);

  useEffect(() => {
    if (element.current === null) return;
    const editor = createEditor(element.current);
    const bindings = new FileBindings(doc, awareness, editor);
    const measure = () => setLength(editor.getModel()?.getValueLength() ?? 0);
    editor.onDidChangeModelContent(measure);
    editor.onDidChangeModel(measure);
    setParts({ editor, bindings });
    return () => {
      bindings.dispose();
      editor.dispose();
      setParts(null);
    };
  }, [doc, awareness]);

  useEffect(() => setEditorTheme(theme), [theme]);
  useEffect(() => parts?.bindings.show({ path, language, text }), [parts, path, language, text]);
  useEffect(() => parts?.editor.updateOptions({ readOnly, domReadOnly: readOnly }), [parts, readOnly]);

  return (
    <div
      ref={element}
      className="h-full"
      data-testid="editor"
      data-path={path}
      data-length={length}
      data-readonly={readOnly}
    />
  );
}
