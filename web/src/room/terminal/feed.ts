import type { Chunk } from "../../api/types";

type Stream = Chunk["stream"];

const COLOUR: Record<Stream, string> = { stdout: "\u001b[39m", stderr: "\u001b[31m" };
const START_ANEW = "\u001bc";

/** Turns what a run has printed so far into what a terminal still has to be given of it. */
export class Feeder {
  private fed: readonly Chunk[] = [];

  /**
   * What to write next, colours included. `output` may have holes (chunks still on the way): what
   * comes after one waits, unless the run is `over`. Output that is not what was fed before
   * continued starts anew.
   */
  next(output: readonly Chunk[], over: boolean): string {
    const chunks = over ? present(output) : upToHole(output);
    const { fed } = this;
    this.fed = chunks;
    if (fed.at(-1) === chunks[fed.length - 1])
      return painted(chunks.slice(fed.length), fed.at(-1)?.stream);
    // told again as a whole, perhaps cut into other chunks
    const [before, now] = [painted(fed), painted(chunks)];
    return now.startsWith(before) ? now.slice(before.length) : START_ANEW + now;
  }
}

const present = (output: readonly Chunk[]): readonly Chunk[] => Object.values(output);

function upToHole(output: readonly Chunk[]): readonly Chunk[] {
  let whole = 0;
  while (whole in output) whole += 1;
  return output.slice(0, whole);
}

/** The text with standard error in red, going on after `stream`. */
function painted(chunks: readonly Chunk[], stream: Stream = "stdout"): string {
  let now = stream;
  let text = "";
  for (const chunk of chunks) {
    if (chunk.stream !== now) text += COLOUR[chunk.stream];
    now = chunk.stream;
    text += chunk.text;
  }
  return text;
}
