// Shortens names to the room that they have, by their middle, since both ends tell more than it does.

const pen = document.createElement("canvas").getContext("2d");
const known = new Map<string, string>();

/** Returns as much of a text as fits into a width (in pixels) when it is written in a font (as CSS has it). */
export function fit(text: string, width: number, font: string): string {
  const key = `${font}|${width}|${text}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  let shown = text;
  for (let most = text.length - 1; most > 4 && breadth(shown, font) > width; most--) shown = middle(text, most);
  known.set(key, shown);
  return shown;
}

function breadth(text: string, font: string): number {
  if (pen === null) return 0;
  pen.font = font;
  return pen.measureText(text).width;
}

/** Leaves out the middle; the last part of a dotted name or a path is kept whole where there is room. */
function middle(text: string, most: number): string {
  const last = text.length - Math.max(text.lastIndexOf("."), text.lastIndexOf("/")) - 1;
  const half = Math.floor(most / 2);
  const tail = half < last && last <= most - 2 ? last : half;
  return `${text.slice(0, most - 1 - tail)}…${text.slice(text.length - tail)}`;
}
