/** A chart as a picture that says what it shows: its title, unit and series around what the canvas draws. */

const SCALE = 2;
const PAD = 16 * SCALE;
const FONT = "system-ui, sans-serif";

interface Picture {
  /** A data URL of twice the size. */
  drawing: string;
  title: string;
  /** The unit, and what span it is of. */
  subtitle: string;
  series: readonly { name: string; colour: string }[];
  ground: string;
  text: string;
}

function loaded(url: string): Promise<HTMLImageElement> {
  return new Promise((done, failed) => {
    const image = new Image();
    image.onload = () => done(image);
    image.onerror = () => failed(new Error("the chart could not be read"));
    image.src = url;
  });
}

/** The picture as a PNG data URL. */
export async function pictureOf({
  drawing,
  title,
  subtitle,
  series,
  ground,
  text,
}: Picture): Promise<string> {
  const image = await loaded(drawing);
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  if (!pen) return drawing;
  const small = `${12 * SCALE}px ${FONT}`;
  pen.font = small;
  const head = 52 * SCALE;
  const row = 20 * SCALE;
  // Names side by side, as many as fit into a row.
  const places: { x: number; y: number }[] = [];
  let [x, y] = [PAD, 0];
  for (const { name } of series) {
    const width = pen.measureText(name).width + 32 * SCALE;
    if (x > PAD && x + width > image.width + PAD) [x, y] = [PAD, y + row];
    places.push({ x, y });
    x += width;
  }
  canvas.width = image.width + 2 * PAD;
  canvas.height = PAD + head + image.height + (series.length ? y + row : 0) + PAD;
  pen.fillStyle = ground;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.textBaseline = "top";
  pen.fillStyle = text;
  pen.font = `600 ${16 * SCALE}px ${FONT}`;
  pen.fillText(title, PAD, PAD);
  pen.font = small;
  pen.fillText(subtitle, PAD, PAD + 24 * SCALE);
  pen.drawImage(image, PAD, PAD + head);
  series.forEach(({ name, colour }, place) => {
    const at = places[place] ?? { x: PAD, y: 0 };
    const top = PAD + head + image.height + at.y + 4 * SCALE;
    pen.fillStyle = colour;
    pen.fillRect(at.x, top + 2 * SCALE, 10 * SCALE, 10 * SCALE);
    pen.fillStyle = text;
    pen.fillText(name, at.x + 16 * SCALE, top);
  });
  return canvas.toDataURL("image/png");
}
