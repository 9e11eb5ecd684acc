// A tour of the page: a button, and a dialog that goes from part to part and marks each. Called again
// without clean-up when the theme changes.
import { makeMounts } from "../browser/mount.js";
import { TourView } from "./tour_view.js";
/** @import { Parent } from "../browser/channel.js" */
/** @import { Stop } from "./tour_view.js" */

const onMount = makeMounts(
  (/** @type {Parent} */ parent) => new TourView(parent),
  (view) => view.destroy(),
);

/** @type {(given: {data: {name: string, stops: Stop[]}, parentElement: Parent}) => () => void} */
export default function mountTour({ data, parentElement }) {
  return onMount(parentElement, (view) => view.setStops(data.name, data.stops));
}
