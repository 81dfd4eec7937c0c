// Loaded before the first paint, so that a chosen theme never flashes through the other one.
import { storedTheme } from "./stored";

const chosen = storedTheme();
if (chosen !== null) document.documentElement.dataset.theme = chosen;
