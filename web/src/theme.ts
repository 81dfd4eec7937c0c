// Loaded before the first paint, so that a chosen theme never flashes through the other one, nor what scripts fold away.
import { storedTheme } from "./stored";

const root = document.documentElement;
const chosen = storedTheme();
if (chosen !== null) root.dataset.theme = chosen;
root.classList.add("js");
