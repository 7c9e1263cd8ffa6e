/** Large enough for the sharpest screens at the sizes we show. */
const SIDE = 128;

/** What the server takes at most, in characters. */
const CHARACTERS = 40 * 1024;

/** A file as a small square picture, a `data:` address. Throws, in words, for what is no picture. */
export async function asPicture(file: File): Promise<string> {
  let image: ImageBitmap;
  try {
    image = await createImageBitmap(file);
  } catch {
    throw new Error("This file is no picture that the browser can read.");
  }
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("The browser cannot make the picture smaller.");
  context.imageSmoothingQuality = "high";
  const { width, height } = image;
  const side = Math.min(width, height);
  context.drawImage(image, (width - side) / 2, (height - side) / 2, side, side, 0, 0, SIDE, SIDE);
  image.close();
  return encoded(canvas, context);
}

/** WebP; where the browser cannot write it, it gives a PNG, which may be too large: then JPEG. */
function encoded(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D): string {
  const small = canvas.toDataURL("image/webp", 0.85);
  if (small.length <= CHARACTERS) return small;
  context.globalCompositeOperation = "destination-over"; // JPEG has no transparency
  context.fillStyle = "white";
  context.fillRect(0, 0, SIDE, SIDE);
  return canvas.toDataURL("image/jpeg", 0.85);
}
