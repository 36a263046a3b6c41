/** Which lines can be named where they end, without their names lying over each other. */

/** A name's height, as a share of the chart's. */
const ROOM = 0.06;

/** For each line, whether its last point is far enough from those of the lines before it. The legend names all. */
export function endsApart(lines: readonly (readonly (number | null)[])[]): boolean[] {
  const all = lines.flat().filter((value) => value !== null);
  const most = Math.max(0, ...all);
  const room = (most - Math.min(0, ...all)) * ROOM;
  const taken: number[] = [];
  return lines.map((values) => {
    const last = values.findLast((value) => value !== null);
    if (last == null || taken.some((other) => Math.abs(other - last) < room)) return false;
    taken.push(last);
    return true;
  });
}
