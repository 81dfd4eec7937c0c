// Draws the lineage graph into every element that asks for it by data-lineage.
import { createRoot } from "react-dom/client";
import { Lineage } from "./view";
import "./lineage.css";

document.querySelectorAll<HTMLElement>("[data-lineage]").forEach((place) => {
  const { lineage: source = "", node = "", depth = "1", embedded } = place.dataset;
  createRoot(place).render(<Lineage source={source} centre={node} firstDepth={Number(depth)} embedded={embedded !== undefined} />);
});
