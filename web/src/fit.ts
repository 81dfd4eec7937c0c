// Shortens names to the room that they have. The end of a dotted name or a path tells most, so parts are left out from its start.

const pen = document.createElement("canvas").getContext("2d");
const known = new Map<string, string>();

/** Returns as much of a text as fits into a width (in pixels) when it is written in a font (as CSS has it). */
export function fit(text: string, width: number, font: string): string {
  const key = `${font}|${width}|${text}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  let shown = text;
  for (const shorter of shortened(text)) {
    if (breadth(shown, font) <= width) break;
    shown = shorter;
  }
  known.set(key, shown);
  return shown;
}

function breadth(text: string, font: string): number {
  if (pen === null) return 0;
  pen.font = font;
  return pen.measureText(text).width;
}

/** Gives ever shorter forms: without the first part, the first two …; of the last part ever less of its middle. */
function* shortened(text: string): Generator<string> {
  let rest = text;
  for (let cut = nextPart(rest); cut > 0; cut = nextPart(rest)) {
    rest = rest.slice(cut);
    yield `…${rest}`;
  }
  for (let most = rest.length - 1; most > 4; most--) {
    const half = Math.floor(most / 2);
    yield `${rest.slice(0, most - half)}…${rest.slice(rest.length - half)}`;
  }
}

/** Returns where the second part begins, 0 where there is none: after a dot; in a path, whose dots mean nothing, at the last slash before it. */
function nextPart(text: string): number {
  const found = (text.includes("/") ? /\/[^/]/ : /\.[^.]/).exec(text.slice(1));
  if (found === null) return 0;
  return found.index + (text.includes("/") ? 1 : 2);
}
