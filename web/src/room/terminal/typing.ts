/** Most characters that the server takes at once. */
const MOST = 32_768;
const LAST_HALF = /[\ud800-\udbff]$/;

/** What is typed, joined until the next frame; a paste that is too long goes in pieces. */
export class Typing {
  private waiting = "";
  private due = false;

  constructor(
    private readonly send: (data: string) => void,
    private readonly soon: (flush: () => void) => void = (flush) => requestAnimationFrame(flush),
  ) {}

  /** Takes what a terminal says its keys mean: there Enter is a carriage return. */
  type(data: string): void {
    this.waiting += data.replace(/\r\n?/g, "\n");
    if (this.due) return;
    this.due = true;
    this.soon(() => this.flush());
  }

  private flush(): void {
    this.due = false;
    for (const piece of pieces(this.waiting)) this.send(piece);
    this.waiting = "";
  }
}

function* pieces(text: string): Generator<string> {
  for (let rest = text; rest !== ""; ) {
    let piece = rest.slice(0, MOST);
    if (piece.length < rest.length && LAST_HALF.test(piece)) piece = piece.slice(0, -1);
    yield piece;
    rest = rest.slice(piece.length);
  }
}
