// A latent space as its view holds it.
import { NO_CLOUD } from "../scene/cloud.js";
/** @import { Spec } from "../../network/decoder.js" */
/** @import { Density } from "../overlays/density_section.js" */
/** @import { Shell } from "../overlays/shells.js" */
/** @import { Cloud } from "../scene/cloud.js" */
/** @import { SlicePlan } from "../slice/slice_engine.js" */
/** @import { Range } from "../slice/slice_plan.js" */
/** @import { PipelineWords } from "../../pipeline/dom.js" */

/**
 * The unpacked blob: a cloud without its points and labels, which are in `arrays`, and
 * @typedef {Omit<Cloud, "points" | "labels"> & {
 *   model: string, name: string, split: string,
 *   latent: number, ranges: Range[], core: Range[], linear: boolean,
 *   typical: number, decoder: Spec, originals: string, shells: Shell[],
 *   density?: Omit<Density, "values">, arrays: SpaceArrays, step: number,
 *   slice: SlicePlan & {planes: [number, number][]}, switches: Switch[], words: Words,
 *   pipeline?: PipelineWords & {items: string[]}, codesAlone?: boolean,
 *   structures?: string, coordinates?: string[]}} Space
 *   model: what a place belongs to, and its name; split: the encoded one;
 *   latent: D; ranges and core: of each coordinate, what sliders
 *   offer and what slices span; linear: whether any place has one in the picture; typical: the
 *   distance within which nearly all codes have another; originals: their address, or "";
 *   pipeline: its words, and what encoded pictures of each class are called in it;
 *   step: of a slider; slice: its plan, and the pairs of coordinates it may lie along;
 *   structures: where the server says what molecule is at z; coordinates: names of those that have
 *   a slider, the first ones, where they are not z1 and so on;
 *   codesAlone: there is no network, so the decoder is none, but for the shape of pictures
 */

/** @typedef {{key: string, name: string, about: string}} Switch of what is over the cloud */
/**
 * Words of Python, see words.js; noun: what a picture is called; classes: what
 * pictures of each are called
 * @typedef {{far: string, close: string, random: string, noun: string, classes: string[]}} Words
 */

/**
 * @typedef {object} SpaceArrays and the weights, decoder.*
 * @property {Float32Array} points (count * dims), as drawn
 * @property {Uint16Array} labels (count)
 * @property {Float32Array} axes (D, dims) of the drawing, orthonormal columns
 * @property {Float32Array} centre (D) of the drawing
 * @property {Float32Array} [mu] (count, D) where points are not the codes
 * @property {Float32Array} [sigma] (count, D)
 * @property {Float32Array} [density] values of the grid
 */

/** What a view holds before it is given one. @type {Space} */
export const NO_SPACE = {
  ...NO_CLOUD,
  ...{ model: "", name: "", split: "", latent: 0, ranges: [], core: [], linear: false, typical: 0 },
  decoder: { operations: [], latent: 0, classes: 0, shape: [0, 0, 0], cost: 0 },
  ...{ originals: "", shells: [], step: 1, slice: { cells: 1, moving: 0, resting: 0, planes: [] } },
  ...{ switches: [], words: { far: "", close: "", random: "", noun: "", classes: [] } },
  arrays: {
    ...{ points: NO_CLOUD.points, labels: NO_CLOUD.labels },
    ...{ axes: new Float32Array(0), centre: new Float32Array(0) },
  },
};
