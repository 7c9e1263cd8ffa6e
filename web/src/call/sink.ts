/** Where a recording goes: bit by bit into a file, or into memory and from there to the downloads. */
export interface Sink {
  write: (part: Blob) => Promise<void>;
  /** Before it nothing is there to be kept. */
  close: () => Promise<void>;
  /** Nothing is to be kept. */
  discard: () => Promise<void>;
}

interface Picker {
  showSaveFilePicker?: (options: {
    suggestedName: string;
    types: { description: string; accept: Record<string, string[]> }[];
  }) => Promise<{ createWritable: () => Promise<FileSystemWritableFileStream> }>;
}

/** Asks where to, if the browser can; null: the person changed their mind. Needs a click before. */
export async function chooseSink(name: string, type: string): Promise<Sink | null> {
  const { showSaveFilePicker } = window as Picker;
  const plain = type.replace(/;.*/, "");
  if (showSaveFilePicker === undefined) return inMemory(name, plain);
  try {
    const handle = await showSaveFilePicker({
      suggestedName: name,
      types: [{ description: "Video", accept: { [plain]: [name.replace(/^.*\./, ".")] } }],
    });
    const file = await handle.createWritable();
    return { write: (part) => file.write(part), close: () => file.close(), discard: () => file.abort() };
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return null;
    return inMemory(name, plain);
  }
}

function inMemory(name: string, type: string): Sink {
  const parts: Blob[] = [];
  return {
    write: (part) => {
      parts.push(part);
      return Promise.resolve();
    },
    close: () => {
      const address = URL.createObjectURL(new Blob(parts, { type }));
      const link = document.createElement("a");
      link.href = address;
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000); // the browser reads it after the click
      return Promise.resolve();
    },
    discard: () => Promise.resolve(),
  };
}
