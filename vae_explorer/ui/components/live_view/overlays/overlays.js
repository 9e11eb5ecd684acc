// What others lay under and over the points. An overlay is an object with any of
//   under(ctx, view, theme), over(ctx, view, theme)      painted in the order of the list
//   grab(view, x, y, touch) -> {move(view, x, y), drop()} | null   a press here is the overlay's
//   hint(view, x, y) -> CSS cursor | null                while hovering
//   press(view, x, y) -> boolean                         a click that hit no point; true: used
//   key(key, shift) -> boolean                           true: used, the camera does not get it
// For input the last of the list is asked first.

/** The first answer that is not nothing, and the overlay that gave it: {answer, overlay}. */
export function ask(overlays, name, ...values) {
  for (const overlay of overlays.toReversed()) {
    const answer = overlay[name]?.(...values);
    if (answer) return { answer, overlay };
  }
  return { answer: null, overlay: null };
}

/** Paint all overlays' `under` or `over`, each with a context as it found it. */
export function paintOverlays(overlays, name, ctx, view, theme) {
  for (const overlay of overlays) {
    if (!overlay[name]) continue;
    ctx.save();
    overlay[name](ctx, view, theme);
    ctx.restore();
  }
}
