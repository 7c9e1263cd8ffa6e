/** One frame of a recording: everybody's picture, and a shared screen large beside them. */

export const WIDTH = 1280;
export const HEIGHT = 720;
const GAP = 8;
const SIDE = 240; // the column of people beside a screen

export interface Subject {
  name: string;
  mic: boolean;
  video: HTMLVideoElement | null;
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where `count` equal pictures go, as large as they get at 16:9. */
export function grid(count: number, { x, y, width, height }: Box): Box[] {
  let columns = 1;
  let best = 0;
  for (let tried = 1; tried <= count; tried += 1) {
    const rows = Math.ceil(count / tried);
    const size = Math.min(width / tried, (height / rows) * (16 / 9));
    if (size >= best) [best, columns] = [size, tried];
  }
  const rows = Math.ceil(count / columns);
  const cell = { width: width / columns, height: height / rows };
  return Array.from({ length: count }, (_, index) => ({
    x: x + (index % columns) * cell.width + GAP / 2,
    y: y + Math.floor(index / columns) * cell.height + GAP / 2,
    width: cell.width - GAP,
    height: cell.height - GAP,
  }));
}

export function draw(
  canvas: CanvasRenderingContext2D,
  people: readonly Subject[],
  screen: HTMLVideoElement | null,
): void {
  canvas.fillStyle = "#0c1112";
  canvas.fillRect(0, 0, WIDTH, HEIGHT);
  const side = screen === null ? WIDTH : SIDE;
  const boxes = grid(people.length, { x: WIDTH - side, y: 0, width: side, height: HEIGHT });
  if (screen !== null) fit(canvas, screen, { x: 0, y: 0, width: WIDTH - side, height: HEIGHT });
  people.forEach((person, index) => {
    const box = boxes[index];
    if (box !== undefined) portrait(canvas, person, box);
  });
}

function portrait(canvas: CanvasRenderingContext2D, { name, mic, video }: Subject, box: Box): void {
  canvas.fillStyle = "#273233";
  canvas.fillRect(box.x, box.y, box.width, box.height);
  if (video !== null) fit(canvas, video, box);
  const small = Math.min(28, Math.max(14, box.height / 14));
  canvas.font = `600 ${small}px sans-serif`;
  canvas.textAlign = "left";
  canvas.textBaseline = "bottom";
  canvas.shadowColor = "#000000";
  canvas.shadowBlur = 6;
  canvas.fillStyle = "#ffffff";
  canvas.fillText(mic ? name : `${name} (muted)`, box.x + small / 2, box.y + box.height - small / 2, box.width - small);
  canvas.shadowBlur = 0;
}

/** The whole picture, in its own proportions. */
function fit(canvas: CanvasRenderingContext2D, video: HTMLVideoElement, box: Box): void {
  const { videoWidth, videoHeight } = video;
  if (videoWidth === 0 || videoHeight === 0) return; // nothing has come yet
  const scale = Math.min(box.width / videoWidth, box.height / videoHeight);
  const [width, height] = [videoWidth * scale, videoHeight * scale];
  const x = box.x + (box.width - width) / 2;
  const y = box.y + (box.height - height) / 2;
  canvas.drawImage(video, x, y, width, height);
}
