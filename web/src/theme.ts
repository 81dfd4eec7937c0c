// Loaded before the first paint, so that a chosen theme never flashes through the other one, nor what scripts fold away, and that no
// click comes too early to leave a frame.
import { leaveThroughAround, onThemeAround, themeAround } from "./around";
import { storedTheme } from "./stored";

const root = document.documentElement;

function apply(): void {
  const chosen = themeAround() ?? storedTheme();
  if (chosen !== null) root.dataset.theme = chosen;
}

apply();
onThemeAround(apply);
root.classList.add("js");
document.addEventListener("click", leaveThroughAround);
