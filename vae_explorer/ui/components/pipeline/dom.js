// The HTML of the pipeline: six parts in a row, from a picture to a picture.
import { make } from "../browser/dom.js";
/** @import { Parent } from "../browser/channel.js" */

/** @typedef {"item" | "encoder" | "code" | "place" | "decoder" | "picture"} Key of a part */
/**
 * @typedef {{key: Key, name: string, about: string, missing: boolean}} Part as Python words it:
 *   `about` may hold {picture} and {class}; missing: this model has none
 */
/**
 * What is fixed for a model: parts; here and moved: of z, at the code of the picture and elsewhere;
 * near: of the picture, where it was not chosen; decoded: where its original is not at hand; rows: coordinates that are shown; more: what stands
 * for the others; step: of a slider
 * @typedef {{parts: Part[], here: string, moved: string, near: string, decoded: string, rows: number, more: string,
 *   step: number}} PipelineWords
 */
/** @typedef {ReturnType<typeof makePart>} PartPage */

/** @type {{[key in Key]: "thumb" | "funnel" | "numbers"}} */
const FACES = {
  ...{ item: "thumb", encoder: "funnel", code: "numbers" },
  ...{ place: "numbers", decoder: "funnel", picture: "thumb" },
};

/** An empty pipeline. @param {Parent | HTMLElement} parent */
export function makePipelinePage(parent) {
  const list = make("ol", "parts", { role: "list" });
  const root = make("section", "pipeline", { "aria-label": "From a picture to a picture" }, [list]);
  root.hidden = true;
  parent.append(root);
  return { root, list };
}

/** A part with its face: pictures, a funnel, or numbers. @param {Part} part @param {number} rows */
export function makePart({ key, name, missing }, rows) {
  const image = make("img", "thumb", { alt: "", hidden: "" });
  const canvas = make("canvas", "thumb", { "aria-hidden": "true", hidden: "" });
  const lines = Array.from({ length: rows }, () => make("span", "line"));
  const inside = { thumb: [image, canvas], funnel: [], numbers: lines }[FACES[key]];
  const face = make("span", `face ${FACES[key]}`, {}, inside);
  const about = make("span", "about");
  const row = make("li", missing ? "part missing" : "part", { "data-part": key }, [
    ...[make("b", "name", {}, [name]), face, about],
  ]);
  return { row, image, canvas, lines, about };
}
